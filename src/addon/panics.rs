//! Panics where no JavaScript call is under way that could throw them.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs what Node calls by itself: a finalizer, a cleanup hook; or the thread of a gateway. A panic
/// would end the process there; it ends here, after its message has been printed.
pub fn contain(run: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(run)) {
        // Dropping it may run anything, panics included.
        std::mem::forget(payload);
    }
}
