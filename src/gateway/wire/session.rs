//! Writing to a client that has no WebSocket: lines, which its requests fetch.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use serde_json::json;

use super::outbox::{Bounds, Outbox, Phase};
use crate::clock::{Clock, Tick};

/// The sending half of a connection without a socket of its own.
pub struct Session {
    name: String,
    out: Mutex<Outbox>,
    bounds: Bounds,
    /// Counts the receiving requests; only the latest gets anything.
    receiver: AtomicU32,
    /// When the latest ended; `None` while it lasts.
    left: Mutex<Option<Tick>>,
}

impl Session {
    pub fn new(name: &str, bounds: Bounds, now: Tick) -> Session {
        let mut out = Outbox::new();
        out.append(Bytes::from_static(b"o\n"), 0, bounds);
        Session {
            name: name.to_owned(),
            out: Mutex::new(out),
            bounds,
            receiver: AtomicU32::new(0),
            left: Mutex::new(Some(now)),
        }
    }

    /// Sends one frame; `seq` is the number of the event that it is of, 0 for none.
    pub fn push(&self, text: &str, seq: u64) {
        self.append(message_line(text), seq);
    }

    /// Asks for a sign of life: any request is one.
    pub fn heartbeat(&self) {
        self.append(Bytes::from_static(b"h\n"), 0);
    }

    fn append(&self, line: Bytes, seq: u64) {
        let mut out = self.out.lock();
        if out.phase() == Phase::Open {
            out.append(line, seq, self.bounds);
        }
    }

    /// Says goodbye after everything that waits.
    pub fn close(&self, code: u16, reason: &str) {
        let mut out = self.out.lock();
        if out.phase() == Phase::Open {
            out.finish(close_line(code, reason));
        }
    }

    /// What waits for a request to fetch it.
    pub fn out(&self) -> MutexGuard<'_, Outbox> {
        self.out.lock()
    }

    /// What the client calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    // ---- receiving requests

    /// A request that receives has come: from now on only it gets anything. Gives its number. The
    /// one before, if it is still there, is woken to find that it is over.
    pub fn receive(&self) -> u32 {
        let out = self.out.lock();
        let number = self.receiver.fetch_add(1, Ordering::Relaxed) + 1;
        *self.left.lock() = None;
        out.wake();
        number
    }

    /// What waits, for the receiving request of this number; `None` if it is over.
    pub fn waiting(&self, receiver: u32) -> Option<MutexGuard<'_, Outbox>> {
        let out = self.out.lock();
        (self.receiver.load(Ordering::Relaxed) == receiver).then_some(out)
    }

    /// The receiving request of this number has ended.
    pub fn leave(&self, receiver: u32, now: Tick) {
        if self.receiver.load(Ordering::Relaxed) == receiver {
            *self.left.lock() = Some(now);
        }
    }

    /// Since when its client does not ask.
    pub fn left(&self) -> Option<Tick> {
        *self.left.lock()
    }

    /// Whether its client has stopped asking for this long.
    pub fn is_abandoned(&self, clock: &Clock, patience: Duration) -> bool {
        self.left
            .lock()
            .is_some_and(|left| clock.since(left) > patience)
    }
}

/// A frame as a line.
pub fn message_line(frame: &str) -> Bytes {
    format!("a{}\n", json!([frame])).into()
}

/// The last line.
pub fn close_line(code: u16, reason: &str) -> Bytes {
    format!("c{}\n", json!([code, reason])).into()
}
