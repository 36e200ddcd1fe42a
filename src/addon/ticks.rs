//! The machine's monotonic clock for those who look at it with every event, where the system's way costs as much as the rest.

use crate::clock;

/// Microseconds since the process first asked.
#[cfg(not(target_arch = "x86_64"))]
pub fn micros() -> u64 {
    clock::micros()
}

/// Microseconds since the process first asked. The processor's counter tells how much of a millisecond has passed; after that the
/// system is asked anew.
#[cfg(target_arch = "x86_64")]
pub fn micros() -> u64 {
    let counter = count();
    let known = counted::SEEN.try_with(|seen| seen.get().at(counter));
    known.ok().flatten().unwrap_or_else(|| look(counter))
}

/// The system's clock is asked.
#[cfg(target_arch = "x86_64")]
#[cold]
fn look(counter: u64) -> u64 {
    let micros = clock::micros();
    let after = count();
    let told = counted::SEEN.try_with(|seen| {
        let (micros, now) = seen.get().after_look(counter, micros, after);
        seen.set(now);
        micros
    });
    told.unwrap_or(micros)
}

#[cfg(target_arch = "x86_64")]
fn count() -> u64 {
    // SAFETY: every processor of this kind has the counter, and the system's own clock reads it.
    unsafe { core::arch::x86_64::_rdtsc() }
}

#[cfg(target_arch = "x86_64")]
mod counted {
    use std::cell::Cell;

    /// For so many microseconds the counter is believed.
    const SPAN: u64 = 1_000;
    /// So many counts at most lie before and behind a look at the system's clock, unless the thread was interrupted: 20 to 100 µs.
    const LOOK: u64 = 100_000;
    /// Bits behind the point. The microseconds of a span have room before it.
    const FRACTION: u32 = 40;

    thread_local! {
        pub static SEEN: Cell<Seen> = const { Cell::new(Seen { counter: 0, micros: 0, each: 0, span: 0 }) };
    }

    /// What the system's clock showed last, and how fast the counter runs.
    #[derive(Clone, Copy)]
    pub struct Seen {
        pub counter: u64,
        pub micros: u64,
        /// Microseconds of one count, in parts of which [`FRACTION`] bits are a whole; 0 while that is not known. To make a floating
        /// point number of the counts and the time of that takes longer than all else here.
        pub each: u64,
        /// For so many counts this holds.
        pub span: u64,
    }

    impl Seen {
        /// The time at a count, as long as that can be told.
        pub fn at(&self, counter: u64) -> Option<u64> {
            let passed = counter.wrapping_sub(self.counter);
            (passed < self.span).then(|| self.micros + ((passed * self.each) >> FRACTION))
        }

        /// After a look at the system's clock, which showed `micros` between two counts: the time, never before one that was told, and
        /// what is known now. Of a look that was interrupted nobody knows to which count it belongs.
        pub fn after_look(self, before: u64, micros: u64, after: u64) -> (u64, Seen) {
            let latest = if self.span > 0 { self.micros + SPAN } else { 0 };
            let micros = micros.max(latest);
            let is_whole = after.wrapping_sub(before) < LOOK;
            let now = if is_whole {
                self.then(after, micros)
            } else {
                self
            };
            (micros, now)
        }

        /// The same after a look at the system's clock.
        fn then(self, counter: u64, micros: u64) -> Seen {
            let counts = counter.wrapping_sub(self.counter);
            let passed = micros.saturating_sub(self.micros);
            if self.counter != 0 && passed < SPAN {
                // Too little to tell how fast it runs.
                return self;
            }
            let is_known = self.counter != 0 && counts > 0;
            let speed = passed as f64 / counts as f64;
            let (each, span) = if is_known {
                // Rounded up, or a third would never come to a whole.
                let each = (speed * (1_u64 << FRACTION) as f64).ceil() as u64;
                (each, (SPAN as f64 / speed) as u64)
            } else {
                (0, 0)
            };
            Seen {
                counter,
                micros,
                each,
                span,
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        const NEW: Seen = Seen {
            counter: 0,
            micros: 0,
            each: 0,
            span: 0,
        };

        #[test]
        fn the_counter_is_believed_for_a_millisecond_once_its_speed_is_known() {
            let first = NEW.then(10_000, 500);
            assert_eq!(first.at(10_001), None);
            let soon = first.then(40_000, 510);
            assert_eq!((soon.counter, soon.at(40_001)), (10_000, None));
            // Three counts are a microsecond.
            let known = soon.then(10_000 + 6_000_000, 500 + 2_000_000);
            assert_eq!(known.at(known.counter + 300), Some(known.micros + 100));
            assert_eq!(known.at(known.counter + 2_700), Some(known.micros + 900));
            assert_eq!(known.at(known.counter + 3_010_000), None);
            // Never before what was seen last.
            assert_eq!(known.at(known.counter - 1), None);
        }

        #[test]
        fn a_look_that_was_interrupted_tells_the_time_and_no_more() {
            let known = NEW
                .then(10_000, 500)
                .then(10_000 + 6_000_000, 500 + 2_000_000);
            // The thread had to wait for 50 ms between the count and the clock.
            let before = known.counter + 3_000_000;
            let (micros, now) =
                known.after_look(before, known.micros + 51_000, before + 150_000_000);
            assert_eq!(micros, known.micros + 51_000);
            assert_eq!((now.counter, now.micros), (known.counter, known.micros));
            let (_, now) = known.after_look(before, known.micros + 1_000, before + 300);
            assert_eq!(
                (now.counter, now.micros),
                (before + 300, known.micros + 1_000)
            );
        }

        #[test]
        fn it_never_goes_back() {
            let known = NEW
                .then(10_000, 500)
                .then(10_000 + 6_000_000, 500 + 2_000_000);
            let last = known.at(known.counter + known.span - 1).unwrap();
            let before = known.counter + known.span;
            // The counter was a little fast.
            let (micros, now) = known.after_look(before, last - 20, before + 300);
            assert!(micros >= last);
            assert_eq!(now.micros, micros);
        }

        #[test]
        fn it_goes_on_where_the_system_s_clock_is() {
            let mut latest = 0;
            for _ in 0..200_000 {
                let before = crate::clock::micros();
                let now = super::super::micros();
                let after = crate::clock::micros();
                assert!(now >= latest, "{now} after {latest}");
                assert!(
                    now + 1_000 >= before && now <= after + 1_000,
                    "{now} between {before} and {after}"
                );
                latest = now;
            }
        }
    }
}
