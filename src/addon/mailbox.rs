//! What waits for one copy of the JavaScript wrapper.

use std::collections::{HashSet, VecDeque};

use parking_lot::Mutex;

use super::mail::{Letter, Mail, MailBatch};
use super::wake::Waiting;
use crate::broker::ChannelId;

/// Bounds of a mailbox that another thread fills faster than JavaScript empties it.
pub const MAX_EVENTS: usize = 100_000;
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Filled from any thread, emptied by its own.
#[derive(Default)]
pub struct Mailbox {
    contents: Mutex<Contents>,
    waiting: Waiting,
}

#[derive(Default)]
struct Contents {
    letters: VecDeque<Letter>,
    events: usize,
    bytes: usize,
    /// Events dropped since JavaScript last looked.
    dropped: usize,
    /// Channels about which something was dropped: who is there has to be told anew.
    gaps: HashSet<ChannelId>,
    /// How many letters wait that a call of the mailbox's own thread has caused.
    own: usize,
    /// Nobody reads it any more.
    closed: bool,
}

impl Mailbox {
    pub fn has_mail(&self) -> bool {
        self.waiting.any()
    }

    /// `false` when nothing was added: it is closed or full.
    pub fn post(&self, mail: Mail, is_own: bool) -> bool {
        let mut contents = self.contents.lock();
        if contents.closed {
            return false;
        }
        if let Some(weight) = mail.weight() {
            // Own mail is emptied before the call returns; only foreign mail can pile up.
            if !is_own && (contents.events >= MAX_EVENTS || contents.bytes + weight > MAX_BYTES) {
                contents.dropped += 1;
                if let Mail::Broadcast { channel, .. } | Mail::Welcome { channel, .. } = mail {
                    contents.gaps.insert(channel);
                }
                return false;
            }
            contents.events += 1;
            contents.bytes += weight;
        }
        contents.own += usize::from(is_own);
        contents.letters.push_back(Letter { mail, is_own });
        self.waiting.add();
        true
    }

    /// Takes at most `max` letters, oldest first.
    pub fn take(&self, max: usize) -> MailBatch {
        let mut contents = self.contents.lock();
        let count = contents.letters.len().min(max);
        let letters: Vec<Letter> = contents.letters.drain(..count).collect();
        for Letter { mail, is_own } in &letters {
            contents.own -= usize::from(*is_own);
            if let Some(weight) = mail.weight() {
                contents.events -= 1;
                contents.bytes -= weight;
            }
        }
        if contents.letters.is_empty() && contents.letters.capacity() > 1024 {
            contents.letters = VecDeque::new();
        }
        self.waiting.take(count);
        MailBatch {
            letters,
            dropped: std::mem::take(&mut contents.dropped),
            has_more: contents.own > 0,
        }
    }

    /// Throws away what waits, and takes nothing more. A letter that slipped in behind would wake a
    /// thread that never takes it, again and again.
    pub fn close(&self) {
        let mut contents = self.contents.lock();
        *contents = Contents {
            closed: true,
            ..Contents::default()
        };
        self.waiting.clear();
    }

    /// Whether something about this channel was dropped, and nobody was told anew since.
    pub fn has_gap(&self, channel: ChannelId) -> bool {
        self.contents.lock().gaps.contains(&channel)
    }

    /// Who is on this channel is told anew.
    pub fn fill_gap(&self, channel: ChannelId) {
        self.contents.lock().gaps.remove(&channel);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn nothing_waits_in_a_mailbox_that_was_closed_while_others_posted() {
        for _ in 0..500 {
            let mailbox = Mailbox::default();
            let start = Barrier::new(3);
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| {
                        start.wait();
                        while mailbox.post(Mail::Reset { app: 1 }, false) {}
                    });
                }
                start.wait();
                mailbox.close();
            });
            assert!(!mailbox.has_mail());
            assert!(mailbox.take(10).letters.is_empty());
            // The count of what waits has not gone below nothing.
            assert!(!mailbox.has_mail());
        }
    }
}
