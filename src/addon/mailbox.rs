//! What waits for one copy of the JavaScript wrapper.

use std::collections::{HashSet, VecDeque};

use parking_lot::Mutex;

use super::mail::{Letter, Mail, MailBatch};
use super::wake::Waiting;
use crate::broker::{ChannelId, Untaken};

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
        let last = contents.letters.back();
        if last.is_some_and(|last| last.is_own == is_own && mail.repeats(&last.mail)) {
            return false;
        }
        let weight = mail.weight();
        if mail.may_be_dropped() {
            // Own mail is emptied before the call returns; only foreign mail can pile up.
            if !is_own && (contents.events >= MAX_EVENTS || contents.bytes + weight > MAX_BYTES) {
                contents.dropped += 1;
                if let Mail::Broadcast { channel, .. } | Mail::Welcome { channel, .. } = mail {
                    contents.gaps.insert(channel);
                }
                return false;
            }
            contents.events += 1;
        }
        contents.bytes += weight;
        contents.own += usize::from(is_own);
        contents.letters.push_back(Letter { mail, is_own });
        self.waiting.add();
        true
    }

    /// Tells of an app's events that wait here.
    pub fn add_untaken(&self, found: &mut dyn FnMut(Untaken, u64)) {
        if !self.has_mail() {
            return;
        }
        for letter in &self.contents.lock().letters {
            match &letter.mail {
                Mail::Event { channel, event, .. } => found(Untaken::On(*channel), event.seq),
                Mail::EventTo { to, event, .. } => found(Untaken::By(*to), event.seq),
                Mail::Frame { to, frame } if frame.seq() != 0 => {
                    found(Untaken::By(*to), frame.seq());
                }
                _ => {}
            }
        }
    }

    /// Takes at most `max` letters, oldest first.
    pub fn take(&self, max: usize) -> MailBatch {
        let mut contents = self.contents.lock();
        let count = contents.letters.len().min(max);
        let letters: Vec<Letter> = contents.letters.drain(..count).collect();
        for Letter { mail, is_own } in &letters {
            contents.own -= usize::from(*is_own);
            contents.events -= usize::from(mail.may_be_dropped());
            contents.bytes -= mail.weight();
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

    use super::super::mail::CHANGE;
    use super::*;
    use crate::broker::NO_APP;
    use crate::protocol::{ChannelName, Limits, ServerFrame};

    fn joined(name: &str) -> Mail {
        Mail::Joined {
            connection: 1,
            channel: 1,
            name: ChannelName::parse(name, &Limits::default()).unwrap(),
        }
    }

    fn pong() -> Mail {
        Mail::Frame {
            to: 1,
            frame: Box::new(ServerFrame::Pong),
        }
    }

    #[test]
    fn changes_of_state_are_never_dropped_and_leave_less_room_for_what_may_be() {
        let mailbox = Mailbox::default();
        let name = "x".repeat(164);
        let mut changes = 0;
        assert!(mailbox.post(pong(), false));
        while changes * (CHANGE + name.len()) < MAX_BYTES {
            assert!(mailbox.post(joined(&name), false));
            changes += 1;
        }
        for _ in 0..3 {
            assert!(!mailbox.post(pong(), false));
        }
        assert!(mailbox.post(joined(&name), false));
        let batch = mailbox.take(usize::MAX);
        assert_eq!((batch.letters.len(), batch.dropped), (changes + 2, 3));
        // Room for all of it again.
        assert!(mailbox.post(pong(), false));
        assert_eq!(mailbox.take(usize::MAX).letters.len(), 1);
        assert_eq!(mailbox.contents.lock().bytes, 0);
        assert_eq!(mailbox.contents.lock().events, 0);
    }

    #[test]
    fn what_says_nothing_new_waits_once() {
        let mailbox = Mailbox::default();
        for _ in 0..1_000 {
            mailbox.post(Mail::Reset { app: 1 }, false);
        }
        for _ in 0..1_000 {
            mailbox.post(Mail::SettingsChanged { app: 1 }, false);
        }
        mailbox.post(Mail::SettingsChanged { app: 2 }, false);
        mailbox.post(Mail::Reset { app: 1 }, false);
        mailbox.post(Mail::Reset { app: NO_APP }, false);
        assert_eq!(mailbox.take(usize::MAX).letters.len(), 5);
    }

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
