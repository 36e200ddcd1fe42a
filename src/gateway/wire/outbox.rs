//! What waits to be sent on one connection.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::task::Waker;

use bytes::{Buf, Bytes};

/// How much may wait for a peer that reads too slowly, behind what is on its way. Beyond either bound
/// the connection is cut: nothing can be left out of a stream, and nothing may grow without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub bytes: usize,
    pub entries: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Open,
    /// The goodbye is queued, nothing may follow it.
    Closing,
    /// Over, whatever was queued.
    Cut,
}

/// A bounded queue and the task that empties it. Always used under a lock, so that the order of
/// taking that lock is the order on the wire.
#[derive(Debug)]
pub struct Outbox {
    /// Shared with every other connection that gets the same frames.
    queue: VecDeque<Waiting>,
    bytes: usize,
    phase: Phase,
    /// It was cut because too much waited.
    overflowed: bool,
    /// A test keeps everything back, the end included.
    silent: bool,
    /// The task that writes; registered under the same lock, so no wake-up is lost.
    writer: Option<Waker>,
}

/// Frames that wait.
#[derive(Debug)]
struct Waiting {
    frames: Bytes,
    /// The number of the first event in them in the app's journal, 0 where none is.
    seq: u64,
}

impl Outbox {
    pub fn new() -> Outbox {
        Outbox {
            queue: VecDeque::new(),
            bytes: 0,
            phase: Phase::Open,
            overflowed: false,
            silent: false,
            writer: None,
        }
    }

    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether it was cut because its peer read too slowly.
    pub fn has_overflowed(&self) -> bool {
        self.overflowed
    }

    /// Whether nothing may leave for now.
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    /// Nothing leaves from now on, or what waits does.
    pub fn silence(&mut self, silent: bool) {
        self.silent = silent;
        self.wake();
    }

    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// The number of the first event that waits.
    pub fn first_seq(&self) -> Option<u64> {
        self.queue
            .iter()
            .map(|waiting| waiting.seq)
            .find(|&seq| seq != 0)
    }

    /// Appends, and wakes the writer if it had nothing to do. `false` when that was too much: the
    /// connection is cut. `seq` is the number of the first event in these frames, 0 where none is.
    pub fn append(&mut self, frames: Bytes, seq: u64, bounds: Bounds) -> bool {
        // The entry in front may be longer than all that may wait: a large frame is no slow peer.
        let behind = self
            .queue
            .front()
            .map(|first| self.bytes - first.frames.len() + frames.len());
        if behind > Some(bounds.bytes) || self.queue.len() >= bounds.entries {
            self.overflowed = true;
            self.cut();
            return false;
        }
        self.bytes += frames.len();
        self.queue.push_back(Waiting { frames, seq });
        if self.queue.len() == 1 {
            self.wake();
        }
        true
    }

    /// Appends the last words, whatever the bounds, and takes nothing more.
    pub fn finish(&mut self, goodbye: Bytes) {
        self.bytes += goodbye.len();
        self.queue.push_back(Waiting {
            frames: goodbye,
            seq: 0,
        });
        self.phase = Phase::Closing;
        self.wake();
    }

    /// Drops what waits and ends the writer.
    pub fn cut(&mut self) {
        self.queue = VecDeque::new();
        self.bytes = 0;
        self.phase = Phase::Cut;
        self.wake();
    }

    /// Makes `waker` the one to wake when there is something to do.
    pub fn register(&mut self, waker: &Waker) {
        match &mut self.writer {
            Some(writer) => writer.clone_from(waker),
            None => self.writer = Some(waker.clone()),
        }
    }

    /// Wakes the writer.
    pub fn wake(&self) {
        if let Some(writer) = &self.writer {
            writer.wake_by_ref();
        }
    }

    /// The first entries; the rest of `slices` stays as it was. Returns how many there are.
    pub fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut filled = 0;
        for (slice, waiting) in slices.iter_mut().zip(&self.queue) {
            *slice = IoSlice::new(&waiting.frames);
            filled += 1;
        }
        filled
    }

    /// `written` bytes have left.
    pub fn advance(&mut self, mut written: usize) {
        self.bytes -= written;
        while let Some(first) = self.queue.front_mut() {
            if written < first.frames.len() {
                first.frames.advance(written);
                break;
            }
            written -= first.frames.len();
            self.queue.pop_front();
        }
        if self.queue.is_empty() {
            // An idle connection keeps no buffer.
            self.queue = VecDeque::new();
        }
    }

    /// Takes the first entry.
    pub fn pop(&mut self) -> Option<Bytes> {
        let frames = self.queue.front()?.frames.clone();
        self.advance(frames.len());
        Some(frames)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        bytes: 10,
        entries: 3,
    };

    #[test]
    fn a_short_write_leaves_the_rest_in_front() {
        let mut outbox = Outbox::new();
        for frames in ["abc", "def"] {
            assert!(outbox.append(Bytes::from_static(frames.as_bytes()), 0, BOUNDS));
        }
        outbox.advance(4);
        let mut slices = [IoSlice::new(&[]); 4];
        assert_eq!((outbox.slices(&mut slices), &*slices[0]), (1, &b"ef"[..]));
        outbox.advance(2);
        assert!(outbox.is_empty());
    }

    #[test]
    fn the_first_event_that_waits_is_known_until_the_last_byte_of_it_has_left() {
        let mut outbox = Outbox::new();
        for (frames, seq) in [("ping", 0), ("ab", 7), ("cd", 8)] {
            assert!(outbox.append(Bytes::from_static(frames.as_bytes()), seq, BOUNDS));
        }
        let mut seen = Vec::new();
        for written in [5, 1, 1, 1] {
            seen.push(outbox.first_seq());
            outbox.advance(written);
        }
        seen.push(outbox.first_seq());
        assert_eq!(seen, [Some(7), Some(7), Some(8), Some(8), None]);
    }

    #[test]
    fn too_many_bytes_or_entries_cut_it() {
        let mut outbox = Outbox::new();
        assert!(outbox.append(Bytes::from_static(&[0; 1]), 0, BOUNDS));
        assert!(outbox.append(Bytes::from_static(&[0; 10]), 0, BOUNDS));
        assert!(!outbox.append(Bytes::from_static(&[0; 1]), 0, BOUNDS));
        assert_eq!((outbox.phase(), outbox.is_empty()), (Phase::Cut, true));

        let mut outbox = Outbox::new();
        let accepted = (0..4)
            .filter(|_| outbox.append(Bytes::from_static(b"x"), 0, BOUNDS))
            .count();
        assert_eq!((accepted, outbox.phase()), (3, Phase::Cut));
    }

    #[test]
    fn a_frame_of_any_length_fits_where_nothing_waits_and_does_not_count_while_it_leaves() {
        let mut outbox = Outbox::new();
        assert!(outbox.append(Bytes::from_static(&[0; 100]), 0, BOUNDS));
        outbox.advance(1);
        assert!(outbox.append(Bytes::from_static(&[0; 10]), 0, BOUNDS));
        assert!(!outbox.append(Bytes::from_static(&[0; 1]), 0, BOUNDS));
    }

    #[test]
    fn the_last_words_fit_always() {
        let mut outbox = Outbox::new();
        assert!(outbox.append(Bytes::from_static(&[0; 10]), 0, BOUNDS));
        outbox.finish(Bytes::from_static(b"bye"));
        assert_eq!(
            (outbox.phase(), outbox.pop().map(|first| first.len())),
            (Phase::Closing, Some(10))
        );
        assert_eq!(outbox.pop().as_deref(), Some(&b"bye"[..]));
    }
}
