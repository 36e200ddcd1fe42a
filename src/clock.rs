//! The time, as the gateway needs it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since the gateway started. Wraps after 49 days: compare by [`between`].
pub type Tick = u32;

#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    pub fn start() -> Clock {
        Clock {
            start: Instant::now(),
        }
    }

    pub fn tick(&self) -> Tick {
        self.start.elapsed().as_millis() as Tick
    }

    /// How long ago `then` was.
    pub fn since(&self, then: Tick) -> Duration {
        between(then, self.tick())
    }
}

/// How long `then` was before `now`.
pub fn between(then: Tick, now: Tick) -> Duration {
    Duration::from_millis(u64::from(now.wrapping_sub(then)))
}

/// Milliseconds since the epoch: the broker's `now`.
pub fn wall() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}
