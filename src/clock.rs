//! The real time.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::broker::Reading;

/// Milliseconds since the gateway started. Wraps after 49 days: compare by [`between`].
pub type Tick = u32;

#[derive(Clone, Debug)]
pub struct Clock {
    start: Instant,
    /// Milliseconds that tests have skipped.
    skipped: Arc<AtomicU32>,
}

impl Clock {
    pub fn start() -> Clock {
        Clock {
            start: Instant::now(),
            skipped: Arc::default(),
        }
    }

    pub fn tick(&self) -> Tick {
        let skipped = self.skipped.load(Ordering::Relaxed);
        (self.start.elapsed().as_millis() as Tick).wrapping_add(skipped)
    }

    /// So many milliseconds have gone by at once.
    pub fn skip(&self, milliseconds: u32) {
        self.skipped.fetch_add(milliseconds, Ordering::Relaxed);
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

static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Milliseconds since the process first asked. Nobody sets it.
pub fn steady() -> u64 {
    BEGINNING.elapsed().as_millis() as u64
}

/// Microseconds since the process first asked, for journals.
pub fn micros() -> u64 {
    BEGINNING.elapsed().as_micros() as u64
}

/// Milliseconds since the epoch, as signatures and people see it.
pub fn wall() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}

/// What an app's clock is told where no JavaScript is asked.
pub fn reading() -> Reading {
    reading_at(wall() as i64)
}

/// The same for somebody who sees another date.
pub fn reading_at(date: i64) -> Reading {
    Reading {
        steady: steady(),
        date,
        seat: None,
        line: 0,
    }
}
