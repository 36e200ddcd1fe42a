//! How often something happens.

/// Counts what happens within a second.
#[derive(Default)]
pub struct Rate {
    /// When the second began, in milliseconds.
    since: u64,
    count: u32,
}

impl Rate {
    /// Counts one more, unless `limit` was reached within this second.
    pub fn admit(&mut self, limit: u32, now: u64) -> bool {
        // A clock that was set back begins a new second too.
        if now < self.since || now - self.since >= 1000 {
            *self = Rate {
                since: now,
                count: 0,
            };
        }
        let admitted = self.count < limit;
        self.count += u32::from(admitted);
        admitted
    }
}
