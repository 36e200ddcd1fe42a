//! The time of one app.
//!
//! It runs with the machine's monotonic clock, and is moved by what tests do to `Date`: forward as far
//! as a faked `Date` goes forward, never back. So a client in this process and one on the wire mean the
//! same by "three seconds later", whatever `Date` says and whoever sets the wall clock.

use crate::broker::OutletId;

/// What whoever comes in knows of the time. All in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Of the process's monotonic clock.
    pub steady: u64,
    /// Since the epoch, as they see it. May be faked.
    pub date: i64,
    /// Who sees it so; nobody in particular outside JavaScript.
    pub seat: Option<(OutletId, Pace)>,
    /// The application's own line that they come from, by its number; 0 where it is not known.
    pub line: u32,
}

/// Both are the same where nothing is faked.
impl From<u64> for Reading {
    fn from(now: u64) -> Reading {
        Reading {
            steady: now,
            date: now as i64,
            seat: None,
            line: 0,
        }
    }
}

/// What moves the time of a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Nothing is faked.
    Real,
    /// `Date` is faked, timers are not: what happens there happens at that `Date`, but time goes on elsewhere.
    Dated,
    /// `Date` and timers are faked: time stands still, for everybody, until the test moves it.
    Steered,
}

/// When something happens.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// On the app's clock: what everything that is due is compared with.
    pub now: u64,
    /// Since the epoch: what is shown to people.
    pub date: u64,
}

/// Both are the same where nothing is faked.
impl From<u64> for Moment {
    fn from(now: u64) -> Moment {
        Moment { now, date: now }
    }
}

/// A seat's `Date` when it was last seen, and what the app's clock showed then.
#[derive(Debug)]
struct Seen {
    seat: OutletId,
    pace: Pace,
    date: i64,
    now: u64,
}

/// A clock that nothing turns back. Pure: it is told what the others show.
#[derive(Debug, Default)]
pub struct AppClock {
    now: u64,
    /// The monotonic time up to which `now` has run; `None` after it has stood still.
    steady: Option<u64>,
    seen: Vec<Seen>,
}

impl AppClock {
    /// What it shows at `reading`.
    pub fn read(&mut self, reading: &Reading) -> u64 {
        let Some((seat, pace)) = reading.seat else {
            self.run(reading.steady);
            return self.now;
        };
        let before = self.seen.iter().position(|seen| seen.seat == seat);
        let before = before.map(|at| self.seen.swap_remove(at));
        if before
            .as_ref()
            .is_some_and(|seen| seen.pace == Pace::Steered)
            && pace != Pace::Steered
        {
            // What went by meanwhile went by for nobody.
            self.steady = None;
        }
        match (pace, before) {
            (Pace::Real, _) => self.run(reading.steady),
            // Differences count: a `Date` in 1970 goes forward as well as any. Another copy may have
            // told of the same one.
            (_, Some(seen)) => {
                let passed = reading.date.saturating_sub(seen.date).max(0) as u64;
                self.now = self.now.max(seen.now.saturating_add(passed));
            }
            (_, None) => {}
        }
        self.seen.push(Seen {
            seat,
            pace,
            date: reading.date,
            now: self.now,
        });
        self.now
    }

    /// So many milliseconds have gone by at once, whatever the others show.
    pub fn skip(&mut self, milliseconds: u64) {
        self.now = self.now.saturating_add(milliseconds);
        // They go on from where they were seen.
        for seen in &mut self.seen {
            seen.now = seen.now.saturating_add(milliseconds);
        }
    }

    /// It shows at least `now` from here on.
    pub fn reach(&mut self, now: u64) -> u64 {
        self.now = self.now.max(now);
        self.now
    }

    /// Whether the seat's `Date` counts here.
    pub fn knows(&self, seat: OutletId) -> bool {
        self.seen.iter().any(|seen| seen.seat == seat)
    }

    /// The seat is gone, and with it what it did to the time.
    pub fn release(&mut self, seat: OutletId) {
        if self.is_steered() {
            self.steady = None;
        }
        self.seen.retain(|seen| seen.seat != seat);
    }

    fn is_steered(&self) -> bool {
        self.seen.iter().any(|seen| seen.pace == Pace::Steered)
    }

    fn run(&mut self, steady: u64) {
        if self.is_steered() {
            self.steady = None;
            return;
        }
        let since = self.steady.unwrap_or(steady);
        self.now = self.now.saturating_add(steady.saturating_sub(since));
        // Who came first may be heard last.
        self.steady = Some(since.max(steady));
    }
}

#[cfg(test)]
mod tests;
