//! The latest entries of a journal.

use std::collections::VecDeque;
use std::mem::MaybeUninit;

use super::entry::{Entry, Kind, More, Place};
use crate::broker::ConnectionId;

/// A queue of entries with their texts, bounded by number and by bytes: what comes in pushes out what is oldest.
///
/// The names and texts of events are written one behind the other into chunks of memory. Sharing those of the history would
/// take less of it but more time: to count who shares what, and to let go of ten thousand pieces that nobody has had in the
/// cache for long.
#[derive(Debug, Default)]
pub struct Ring {
    entries: VecDeque<Entry>,
    chunks: VecDeque<Chunk>,
    /// The number of the first chunk.
    first: u32,
    /// The chunk that was used up last, for the next one.
    spare: Option<Vec<u8>>,
    /// What entries take besides their texts.
    own: usize,
    /// What the chunks take.
    reserved: usize,
}

#[derive(Debug)]
struct Chunk {
    bytes: Vec<u8>,
    /// How many entries have their text here.
    entries: u32,
}

/// How much a ring holds.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    pub entries: usize,
    pub bytes: usize,
}

/// What is written down of an event, or of a member, besides its entry.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'a> {
    pub channel: &'a str,
    /// `""` for a member.
    pub event: &'a str,
    /// What was published or sent, or the member's `user_info`.
    pub data: &'a str,
}

impl Texts<'_> {
    fn len(&self) -> usize {
        self.channel.len() + self.event.len() + self.data.len()
    }
}

/// How much of a ring one text may take: a larger one is not kept, or it would push out everything else.
const PART: usize = 4;
/// How many chunks a full ring has, about.
const CHUNKS: usize = 128;
/// The first chunk of a ring: most apps of tests see a few events only.
const FIRST_CHUNK: usize = 4 * 1024;

impl Ring {
    /// Appends an entry with its texts, if it has some. `forget` gets those that have to go for it and say who was there, oldest
    /// first.
    ///
    /// All of it is inlined where events come from, and nothing borrows the entry: so its fields are written where they stay. To have it
    /// in memory first and copy it takes as long as all the rest.
    #[inline(always)]
    pub fn push(
        &mut self,
        mut entry: Entry,
        texts: Option<Texts<'_>>,
        bounds: Capacity,
        forget: impl FnMut(&Entry),
    ) {
        let weight = entry.weight();
        if let Some(mut texts) = texts {
            entry.has_data = true;
            entry.bytes = length(texts.data);
            if texts.data.len() > bounds.bytes / PART {
                texts.data = "";
            }
            let size = self.chunk_for(texts.len(), bounds);
            self.make_room(weight, size, bounds, forget);
            entry.place = Some(self.keep(texts, size));
        } else {
            self.make_room(weight, 0, bounds, forget);
        }
        self.own += weight;
        if self.entries.len() == self.entries.capacity() {
            self.grow(bounds);
        }
        self.entries.push_back(entry);
    }

    #[cold]
    fn grow(&mut self, bounds: Capacity) {
        let wanted = (self.entries.capacity() * 2).max(16).min(bounds.entries);
        let more = wanted.saturating_sub(self.entries.len());
        self.entries.reserve_exact(more.max(1));
    }

    /// How large a chunk has to be made for so many bytes, 0 where they find room.
    #[inline(always)]
    fn chunk_for(&self, bytes: usize, bounds: Capacity) -> usize {
        let last = self.chunks.back().map(|chunk| &chunk.bytes);
        if last.is_some_and(|last| last.capacity() - last.len() >= bytes) {
            return 0;
        }
        let usual = match last {
            None => FIRST_CHUNK,
            Some(last) => last.capacity() * 2,
        };
        usual.min(bounds.bytes / CHUNKS).max(bytes).max(1)
    }

    #[inline(always)]
    fn make_room(
        &mut self,
        weight: usize,
        chunk: usize,
        bounds: Capacity,
        mut forget: impl FnMut(&Entry),
    ) {
        while !self.has_room(weight, chunk, bounds) {
            let spare = self.spare.as_ref().map_or(0, Vec::capacity);
            if spare > 0 && spare < chunk {
                self.let_go_of_spare();
            } else if !self.forget_oldest(&mut forget) {
                self.let_go_of_spare();
                return;
            }
        }
    }

    #[inline(always)]
    fn has_room(&self, weight: usize, chunk: usize, bounds: Capacity) -> bool {
        let spare = self.spare.as_ref().map_or(0, Vec::capacity);
        // A chunk of its size is there already.
        let more = if spare >= chunk { 0 } else { chunk };
        let bytes = self.own + self.reserved + weight + more;
        self.entries.len() < bounds.entries && bytes <= bounds.bytes
    }

    /// False where there is none.
    #[inline(always)]
    fn forget_oldest(&mut self, forget: &mut impl FnMut(&Entry)) -> bool {
        let Some(oldest) = self.entries.front() else {
            return false;
        };
        self.own -= oldest.weight();
        let place = oldest.place;
        // Most are events, of which nothing goes on.
        if oldest.more.is_some() {
            forget(oldest);
        }
        self.entries.pop_front();
        if let Some(place) = place {
            self.leave(place.chunk);
        }
        true
    }

    #[cold]
    fn let_go_of_spare(&mut self) {
        self.reserved -= self.spare.take().map_or(0, |spare| spare.capacity());
    }

    /// An entry whose text is in this chunk is gone. Entries go in the order of their chunks.
    #[inline(always)]
    fn leave(&mut self, number: u32) {
        let at = number.wrapping_sub(self.first) as usize;
        if let Some(chunk) = self.chunks.get_mut(at) {
            chunk.entries -= 1;
            if chunk.entries == 0 {
                self.clear(at);
            }
        }
    }

    /// No entry has its text in this chunk any more.
    #[cold]
    fn clear(&mut self, at: usize) {
        if self.chunks.len() == 1 {
            self.chunks[at].bytes.clear();
        } else if let Some(mut chunk) = self.chunks.pop_front() {
            self.first = self.first.wrapping_add(1);
            self.let_go_of_spare();
            chunk.bytes.clear();
            self.spare = Some(chunk.bytes);
        }
    }

    /// Writes texts down, in a new chunk of this size where it is not 0.
    #[inline(always)]
    fn keep(&mut self, texts: Texts<'_>, size: usize) -> Place {
        if size > 0 {
            self.begin_chunk(size);
        }
        let number = self
            .first
            .wrapping_add(self.chunks.len() as u32)
            .wrapping_sub(1);
        let mut place = Place {
            chunk: number,
            start: 0,
            channel: length(texts.channel),
            event: length(texts.event),
            data: length(texts.data),
        };
        if let Some(chunk) = self.chunks.back_mut() {
            place.start = chunk.bytes.len() as u32;
            chunk.entries += 1;
            chunk.bytes.extend_from_slice(texts.channel.as_bytes());
            chunk.bytes.extend_from_slice(texts.event.as_bytes());
            chunk.bytes.extend_from_slice(texts.data.as_bytes());
        }
        place
    }

    #[cold]
    fn begin_chunk(&mut self, size: usize) {
        let bytes = match self.spare.take() {
            Some(spare) if spare.capacity() >= size => spare,
            spare => {
                self.spare = spare;
                let bytes = Vec::with_capacity(size);
                self.reserved += bytes.capacity();
                bytes
            }
        };
        self.chunks.push_back(Chunk { bytes, entries: 0 });
    }

    /// Where the next texts will be written, as far as there is room: so many bytes of it.
    #[inline]
    pub fn next_place(&mut self, bytes: usize) -> &[MaybeUninit<u8>] {
        let chunk = self.chunks.back_mut();
        let room = chunk.map_or(&mut [][..], |chunk| chunk.bytes.spare_capacity_mut());
        &room[..bytes.min(room.len())]
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The entries from the `first` one on, oldest first.
    pub fn entries_from(&self, first: usize) -> impl Iterator<Item = &Entry> {
        self.entries.iter().skip(first)
    }

    /// The entry so many places before the end, 0 for the last one.
    pub fn back(&self, places: usize) -> Option<&Entry> {
        let index = self.entries.len().checked_sub(places + 1)?;
        self.entries.get(index)
    }

    /// What the entry of a connection's end says, while it is here.
    pub fn closed(&mut self, connection: ConnectionId) -> Option<&mut More> {
        let mut ends = self.entries.iter_mut().rev();
        ends.find_map(|entry| {
            let more = entry.more.as_deref_mut()?;
            let is_its = more.who.as_ref()?.connection == connection;
            (entry.kind == Kind::Closed && is_its).then_some(more)
        })
    }

    /// The texts of an entry that has some. Data that was too large is `""`.
    pub fn texts(&self, entry: &Entry) -> Option<Texts<'_>> {
        let place = entry.place?;
        let chunk = self
            .chunks
            .get(place.chunk.wrapping_sub(self.first) as usize)?;
        let bytes = chunk.bytes.get(place.start as usize..)?;
        let (channel, rest) = bytes.split_at_checked(place.channel as usize)?;
        let (event, rest) = rest.split_at_checked(place.event as usize)?;
        // They were texts when they were written.
        Some(Texts {
            channel: str::from_utf8(channel).ok()?,
            event: str::from_utf8(event).ok()?,
            data: str::from_utf8(rest.get(..place.data as usize)?).ok()?,
        })
    }

    /// Bytes that are reserved, and those that the entries take besides.
    #[cfg(test)]
    pub fn memory(&self) -> usize {
        let spare = self.spare.as_ref().map_or(0, Vec::capacity);
        let chunks: usize = self.chunks.iter().map(|chunk| chunk.bytes.capacity()).sum();
        assert_eq!(self.reserved, chunks + spare);
        let own: usize = self.entries.iter().map(Entry::weight).sum();
        assert_eq!(self.own, own);
        let unused = self.entries.capacity() - self.entries.len();
        self.reserved + own + unused * size_of::<Entry>()
    }
}

#[inline]
fn length(text: &str) -> u32 {
    text.len().try_into().unwrap_or(u32::MAX)
}
