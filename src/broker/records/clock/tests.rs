use proptest::prelude::*;

use super::*;

const A: OutletId = 1;
const B: OutletId = 2;

fn wire(steady: u64) -> Reading {
    Reading {
        steady,
        date: 0,
        seat: None,
        line: 0,
    }
}

fn seat(seat: OutletId, pace: Pace, steady: u64, date: i64) -> Reading {
    Reading {
        steady,
        date,
        seat: Some((seat, pace)),
        line: 0,
    }
}

#[test]
fn a_wall_clock_that_is_set_changes_nothing() {
    let mut clock = AppClock::default();
    let start = clock.read(&seat(A, Pace::Real, 100, 1_000_000));
    assert_eq!(clock.read(&seat(A, Pace::Real, 150, 5)), start + 50);
    assert_eq!(clock.read(&seat(A, Pace::Real, 160, 9_000_000)), start + 60);
    assert_eq!(clock.read(&wire(170)), start + 70);
}

#[test]
fn a_faked_date_counts_by_its_differences_wherever_it_begins() {
    for year in [0, 4_000_000_000_000, -1_000_000] {
        let mut clock = AppClock::default();
        clock.read(&seat(A, Pace::Real, 0, 1_700_000_000_000));
        let start = clock.read(&seat(A, Pace::Steered, 0, year));
        assert_eq!(clock.read(&seat(A, Pace::Steered, 0, year + 7)), start + 7);
        assert_eq!(clock.read(&wire(0)), start + 7);
    }
}

#[test]
fn steered_time_stands_still_on_the_wire_and_goes_on_from_there() {
    let mut clock = AppClock::default();
    let start = clock.read(&seat(A, Pace::Steered, 0, 0));
    assert_eq!(clock.read(&wire(1_000)), start);
    assert_eq!(
        clock.read(&seat(A, Pace::Steered, 2_000, 2_999)),
        start + 2_999
    );
    assert_eq!(clock.read(&seat(A, Pace::Real, 3_000, 0)), start + 2_999);
    assert_eq!(clock.read(&wire(3_010)), start + 3_009);
}

#[test]
fn a_seat_that_steered_and_is_gone_holds_nobody_up() {
    let mut clock = AppClock::default();
    let start = clock.read(&seat(A, Pace::Steered, 0, 0));
    clock.release(A);
    assert_eq!(clock.read(&wire(1_000)), start);
    assert_eq!(clock.read(&wire(1_001)), start + 1);
}

#[test]
fn real_time_goes_on_for_the_wire_while_only_a_date_stands_still() {
    let mut clock = AppClock::default();
    clock.read(&wire(0));
    let start = clock.read(&seat(A, Pace::Dated, 0, 0));
    assert_eq!(clock.read(&seat(A, Pace::Dated, 500, 0)), start);
    assert_eq!(clock.read(&wire(500)), start + 500);
    assert_eq!(clock.read(&seat(A, Pace::Dated, 500, 0)), start + 500);
}

#[test]
fn two_copies_tell_of_one_faked_step_once() {
    let mut clock = AppClock::default();
    for of in [A, B] {
        clock.read(&seat(of, Pace::Steered, 0, 0));
    }
    let steps = [A, B].map(|of| clock.read(&seat(of, Pace::Steered, 0, 60_000)));
    assert_eq!(steps, [60_000, 60_000]);
}

proptest! {
    /// Whoever looks, whatever is faked, in whatever order.
    #[test]
    fn nothing_turns_it_back(readings in prop::collection::vec(
        (0..3_u32, 0..3_u8, any::<u64>(), any::<i64>(), any::<bool>()), 0..50,
    )) {
        let mut clock = AppClock::default();
        let mut before = 0;
        for (of, pace, steady, date, leaves) in readings {
            let pace = [Pace::Real, Pace::Dated, Pace::Steered][usize::from(pace)];
            let reading = Reading { steady, date, seat: (of > 0).then_some((of, pace)), line: 0 };
            let now = clock.read(&reading);
            prop_assert!(now >= before);
            before = now;
            if leaves {
                clock.release(of);
            }
        }
    }

    /// What is skipped counts once, whatever a `Date` does before and after.
    #[test]
    fn skipped_time_is_added_to_what_passes(
        pace in 0..3,
        steps in prop::collection::vec((0..10_000_u64, 0..10_000_u64), 1..30),
    ) {
        let pace = [Pace::Real, Pace::Dated, Pace::Steered][pace as usize];
        let (mut with, mut without) = (AppClock::default(), AppClock::default());
        let (mut time, mut skipped) = (0, 0);
        with.read(&seat(A, pace, 0, 0));
        without.read(&seat(A, pace, 0, 0));
        for (passes, skips) in steps {
            with.skip(skips);
            skipped += skips;
            time += passes;
            let reading = seat(A, pace, time, time as i64);
            prop_assert_eq!(with.read(&reading), without.read(&reading) + skipped);
        }
    }

    /// An exact test is exact: only what is advanced counts, whatever time really passes in between.
    #[test]
    fn steered_time_is_the_sum_of_its_steps(
        year in -1_000_000_000_000_i64..4_000_000_000_000,
        steps in prop::collection::vec((0..10_000_u64, 0..10_000_u64, any::<bool>()), 0..50),
    ) {
        let mut clock = AppClock::default();
        let start = clock.read(&seat(A, Pace::Steered, 0, year));
        let (mut steady, mut advanced) = (0, 0);
        for (passed, advance, on_the_wire) in steps {
            steady += passed;
            if on_the_wire {
                prop_assert_eq!(clock.read(&wire(steady)), start + advanced);
            }
            advanced += advance;
            let reading = seat(A, Pace::Steered, steady, year + advanced as i64);
            prop_assert_eq!(clock.read(&reading), start + advanced);
        }
    }
}
