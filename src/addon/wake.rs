//! Waking a JavaScript thread that has mail: at most once at a time, and never one time too few.
//!
//! Both halves are generic over their atomics, so that the tests run this very code under `loom`,
//! which tries every order in which threads may see each other's writes.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

pub trait Flag {
    fn swap(&self, value: bool, order: Ordering) -> bool;
}

pub trait Count {
    fn load(&self, order: Ordering) -> usize;
    fn store(&self, value: usize, order: Ordering);
    fn fetch_add(&self, value: usize, order: Ordering) -> usize;
    fn fetch_sub(&self, value: usize, order: Ordering) -> usize;
}

macro_rules! atomics {
    ($flag:ty, $count:ty) => {
        impl Flag for $flag {
            fn swap(&self, value: bool, order: Ordering) -> bool {
                self.swap(value, order)
            }
        }

        impl Count for $count {
            fn load(&self, order: Ordering) -> usize {
                self.load(order)
            }
            fn store(&self, value: usize, order: Ordering) {
                self.store(value, order)
            }
            fn fetch_add(&self, value: usize, order: Ordering) -> usize {
                self.fetch_add(value, order)
            }
            fn fetch_sub(&self, value: usize, order: Ordering) -> usize {
                self.fetch_sub(value, order)
            }
        }
    };
}

atomics!(AtomicBool, AtomicUsize);

/// How many letters wait in a mailbox, for whoever looks without its lock. Changed under that lock.
#[derive(Default)]
pub struct Waiting<C = AtomicUsize>(C);

impl<C: Count> Waiting<C> {
    pub fn any(&self) -> bool {
        self.0.load(Ordering::Acquire) > 0
    }

    /// One more. Whoever adds asks [`WakeUp::claim`] afterwards.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }

    pub fn take(&self, count: usize) {
        self.0.fetch_sub(count, Ordering::AcqRel);
    }

    pub fn clear(&self) {
        self.0.store(0, Ordering::Release);
    }
}

/// Whether a wake-up of an environment is in flight.
#[derive(Default)]
pub struct WakeUp<F = AtomicBool>(F);

impl<F: Flag> WakeUp<F> {
    /// For whoever has put mail into a mailbox. `true`: nobody else wakes the environment, the
    /// caller does.
    pub fn claim(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// The wake-up was answered, as far as `any_mail` knows. `true`: there is more, and the caller
    /// has claimed the next one.
    ///
    /// A swap, not a store: a store may become visible to a poster only after `any_mail` has
    /// looked, and then each relies on the other. A swap sees the latest claim, and with it the
    /// letter that was posted before.
    pub fn answer(&self, any_mail: impl FnOnce() -> bool) -> bool {
        self.0.swap(false, Ordering::AcqRel);
        any_mail() && self.claim()
    }
}

#[cfg(test)]
mod tests {
    use loom::sync::atomic;
    use loom::sync::{Arc, Mutex};
    use loom::thread;

    use super::*;

    atomics!(atomic::AtomicBool, atomic::AtomicUsize);

    /// A mailbox and the environment it belongs to.
    struct Environment {
        letters: Mutex<usize>,
        waiting: Waiting<atomic::AtomicUsize>,
        wake_up: WakeUp<atomic::AtomicBool>,
        /// Wake-ups that JavaScript has still to take a turn for.
        in_flight: atomic::AtomicUsize,
    }

    impl Environment {
        fn new() -> Environment {
            Environment {
                letters: Mutex::new(0),
                waiting: Waiting(atomic::AtomicUsize::new(0)),
                wake_up: WakeUp(atomic::AtomicBool::new(false)),
                in_flight: atomic::AtomicUsize::new(0),
            }
        }

        fn post(&self) {
            {
                let mut letters = self.letters.lock().unwrap();
                *letters += 1;
                self.waiting.add();
            }
            if self.wake_up.claim() {
                self.wake();
            }
        }

        fn wake(&self) {
            let before = self.in_flight.fetch_add(1, Ordering::Relaxed);
            assert_eq!(before, 0, "two wake-ups are in flight");
        }

        /// JavaScript's turn for one wake-up.
        fn deliver(&self) {
            if self.in_flight.load(Ordering::Relaxed) == 0 {
                return;
            }
            self.in_flight.fetch_sub(1, Ordering::Relaxed);
            {
                let mut letters = self.letters.lock().unwrap();
                self.waiting.take(*letters);
                *letters = 0;
            }
            if self.wake_up.answer(|| self.waiting.any()) {
                self.wake();
            }
        }
    }

    /// A letter's wake-up is answered while `posters` post one more each.
    fn answer_while_others_post(posters: usize, preemptions: Option<usize>) {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = preemptions;
        model.check(move || {
            let environment = Arc::new(Environment::new());
            environment.post();
            let posters: Vec<_> = (0..posters)
                .map(|_| {
                    let environment = environment.clone();
                    thread::spawn(move || environment.post())
                })
                .collect();
            environment.deliver();
            for poster in posters {
                poster.join().unwrap();
            }
            while environment.in_flight.load(Ordering::Relaxed) > 0 {
                environment.deliver();
            }
            assert!(!environment.waiting.any(), "a letter waits for ever");
        });
    }

    #[test]
    fn no_letter_waits_without_a_wake_up_in_flight() {
        answer_while_others_post(1, None);
    }

    #[test]
    fn of_several_posters_one_wakes() {
        let is_long = std::env::var_os("PUSHRIG_LONG").is_some();
        answer_while_others_post(2, Some(2).filter(|_| !is_long));
    }
}
