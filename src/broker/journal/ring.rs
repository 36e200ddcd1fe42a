//! The latest entries of a journal.

use std::collections::VecDeque;

use super::entry::{Entry, Kind, More};
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
    /// Appends an entry with its texts, if it has some. `forget` gets those that have to go for it, oldest first.
    pub fn push(
        &mut self,
        mut entry: Entry,
        texts: Option<Texts<'_>>,
        bounds: Capacity,
        mut forget: impl FnMut(Entry),
    ) {
        if let Some(mut texts) = texts {
            entry.has_data = true;
            entry.bytes = length(texts.data);
            if texts.data.len() > bounds.bytes / PART {
                texts.data = "";
            }
            let size = self.chunk_for(texts.len(), bounds);
            self.make_room(&entry, size, bounds, &mut forget);
            self.keep(&mut entry, texts, size);
        } else {
            self.make_room(&entry, 0, bounds, &mut forget);
        }
        self.own += entry.weight();
        if self.entries.len() == self.entries.capacity() {
            let wanted = (self.entries.capacity() * 2).max(16).min(bounds.entries);
            let more = wanted.saturating_sub(self.entries.len());
            self.entries.reserve_exact(more.max(1));
        }
        self.entries.push_back(entry);
    }

    /// How large a chunk has to be made for so many bytes, 0 where they find room.
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

    fn make_room(
        &mut self,
        entry: &Entry,
        chunk: usize,
        bounds: Capacity,
        forget: &mut impl FnMut(Entry),
    ) {
        let weight = entry.weight();
        loop {
            let spare = self.spare.as_ref().map_or(0, Vec::capacity);
            // A chunk of its size is there already.
            let more = if spare >= chunk { 0 } else { chunk };
            let bytes = self.own + self.reserved + weight + more;
            if self.entries.len() < bounds.entries && bytes <= bounds.bytes {
                return;
            }
            if spare > 0 && spare < chunk {
                self.let_go_of_spare();
                continue;
            }
            let Some(oldest) = self.entries.pop_front() else {
                self.let_go_of_spare();
                return;
            };
            self.own -= oldest.weight();
            if oldest.has_place {
                self.leave(oldest.chunk);
            }
            forget(oldest);
        }
    }

    fn let_go_of_spare(&mut self) {
        self.reserved -= self.spare.take().map_or(0, |spare| spare.capacity());
    }

    /// An entry whose text is in this chunk is gone. Entries go in the order of their chunks.
    fn leave(&mut self, number: u32) {
        let is_last = self.chunks.len() == 1;
        let Some(chunk) = self
            .chunks
            .get_mut(number.wrapping_sub(self.first) as usize)
        else {
            return;
        };
        chunk.entries -= 1;
        if chunk.entries > 0 {
            return;
        }
        if is_last {
            chunk.bytes.clear();
        } else if let Some(mut chunk) = self.chunks.pop_front() {
            self.first = self.first.wrapping_add(1);
            self.let_go_of_spare();
            chunk.bytes.clear();
            self.spare = Some(chunk.bytes);
        }
    }

    fn keep(&mut self, entry: &mut Entry, texts: Texts<'_>, size: usize) {
        if size > 0 {
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
        let number = self
            .first
            .wrapping_add(self.chunks.len() as u32)
            .wrapping_sub(1);
        if let Some(chunk) = self.chunks.back_mut() {
            entry.has_place = true;
            entry.chunk = number;
            entry.place = chunk.bytes.len() as u32;
            entry.channel_len = length(texts.channel);
            entry.event_len = length(texts.event);
            entry.kept = length(texts.data);
            chunk.entries += 1;
            chunk.bytes.extend_from_slice(texts.channel.as_bytes());
            chunk.bytes.extend_from_slice(texts.event.as_bytes());
            chunk.bytes.extend_from_slice(texts.data.as_bytes());
        }
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
        if !entry.has_place {
            return None;
        }
        let chunk = self
            .chunks
            .get(entry.chunk.wrapping_sub(self.first) as usize)?;
        let bytes = chunk.bytes.get(entry.place as usize..)?;
        let (channel, rest) = bytes.split_at_checked(entry.channel_len as usize)?;
        let (event, rest) = rest.split_at_checked(entry.event_len as usize)?;
        // They were texts when they were written.
        Some(Texts {
            channel: str::from_utf8(channel).ok()?,
            event: str::from_utf8(event).ok()?,
            data: str::from_utf8(rest.get(..entry.kept as usize)?).ok()?,
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

fn length(text: &str) -> u32 {
    text.len().try_into().unwrap_or(u32::MAX)
}
