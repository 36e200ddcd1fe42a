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
    // SAFETY: every processor of this kind has the counter, and the system's own clock reads it.
    let counter = unsafe { core::arch::x86_64::_rdtsc() };
    counted::SEEN
        .try_with(|seen| {
            let known = seen.get();
            match known.at(counter) {
                Some(micros) => micros,
                None => {
                    let micros = clock::micros();
                    seen.set(known.then(counter, micros));
                    micros
                }
            }
        })
        .unwrap_or_else(|_| clock::micros())
}

#[cfg(target_arch = "x86_64")]
mod counted {
    use std::cell::Cell;

    /// For so many microseconds the counter is believed.
    const SPAN: u64 = 1_000;

    thread_local! {
        pub static SEEN: Cell<Seen> = const { Cell::new(Seen { counter: 0, micros: 0, each: 0.0, span: 0 }) };
    }

    /// What the system's clock showed last, and how fast the counter runs.
    #[derive(Clone, Copy)]
    pub struct Seen {
        pub counter: u64,
        pub micros: u64,
        /// Microseconds of one count; 0 while that is not known.
        pub each: f64,
        /// For so many counts this holds.
        pub span: u64,
    }

    impl Seen {
        /// The time at a count, as long as that can be told.
        pub fn at(&self, counter: u64) -> Option<u64> {
            let passed = counter.wrapping_sub(self.counter);
            (passed < self.span).then(|| self.micros + (passed as f64 * self.each) as u64)
        }

        /// The same after a look at the system's clock.
        pub fn then(self, counter: u64, micros: u64) -> Seen {
            let counts = counter.wrapping_sub(self.counter);
            let passed = micros.saturating_sub(self.micros);
            if self.counter != 0 && passed < SPAN {
                // Too little to tell how fast it runs.
                return self;
            }
            let is_known = self.counter != 0 && counts > 0;
            let each = if is_known {
                passed as f64 / counts as f64
            } else {
                0.0
            };
            let span = if is_known {
                (SPAN as f64 / each) as u64
            } else {
                0
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
            each: 0.0,
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
        fn it_goes_on_where_the_system_s_clock_is() {
            let mut before = 0;
            for _ in 0..200_000 {
                let now = super::super::micros();
                assert!(now >= before, "{now} after {before}");
                before = now;
            }
            assert!(before.abs_diff(crate::clock::micros()) < 50_000);
        }
    }
}
