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

impl Contents {
    /// A letter does not wait any more.
    fn subtract(&mut self, mail: &Mail, is_own: bool) {
        self.own -= usize::from(is_own);
        self.events -= usize::from(mail.may_be_dropped());
        self.bytes -= mail.weight();
    }
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
            contents.subtract(mail, *is_own);
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

    /// Drops the latest letter for which that is true. `false` when there is none.
    pub fn forget_latest(&self, is_meant: impl Fn(&Mail) -> bool) -> bool {
        let mut contents = self.contents.lock();
        let letters = &mut contents.letters;
        let place = letters.iter().rposition(|letter| is_meant(&letter.mail));
        let Some(Letter { mail, is_own }) = place.and_then(|place| letters.remove(place)) else {
            return false;
        };
        contents.subtract(&mail, is_own);
        self.waiting.take(1);
        true
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
    fn a_letter_that_is_dropped_leaves_the_others_as_they_are() {
        let mailbox = Mailbox::default();
        assert!(mailbox.post(pong(), true));
        assert!(mailbox.post(joined("room"), true));
        let is_frame = |mail: &Mail| matches!(mail, Mail::Frame { to: 1, .. });
        assert!(mailbox.forget_latest(is_frame));
        assert!(!mailbox.forget_latest(is_frame));
        assert_eq!(mailbox.contents.lock().events, 0);
        let batch = mailbox.take(10);
        assert_eq!((batch.letters.len(), batch.has_more), (1, false));
        assert!(!mailbox.has_mail());
        assert_eq!(mailbox.contents.lock().bytes, 0);
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
