//! The latest entries of a journal.

use std::collections::VecDeque;

use super::entry::Entry;

/// A queue of entries with their texts, bounded by number and by bytes: what comes in pushes out what is oldest.
///
/// The texts lie one behind the other in a queue of their own. Sharing those of the history would cost less
/// memory but more time: ten thousand small pieces, each let go of when nobody has had it in the cache for long.
#[derive(Debug, Default)]
pub struct Ring {
    entries: VecDeque<Entry>,
    texts: VecDeque<u8>,
    /// What the entries weigh, texts included.
    bytes: usize,
}

/// How much of a ring one text may take: a larger one is not kept, or it would push out everything else.
const PART: usize = 4;

impl Ring {
    /// Appends an entry with its text. `forget` gets those that have to go for it, oldest first.
    pub fn push(
        &mut self,
        mut entry: Entry,
        text: Option<&str>,
        bounds: Bounds,
        forget: impl FnMut(Entry),
    ) {
        if let Some(text) = text {
            entry.has_data = true;
            entry.bytes = text.len().try_into().unwrap_or(u32::MAX);
            if text.len() <= bounds.bytes / PART {
                entry.kept = entry.bytes;
            }
        }
        let weight = entry.weight();
        self.make_room(weight, bounds, forget);
        if entry.kept > 0
            && let Some(text) = text
        {
            grow(&mut self.texts, text.len(), bounds.bytes);
            self.texts.extend(text.as_bytes());
        }
        grow(&mut self.entries, 1, bounds.entries);
        self.bytes += weight;
        self.entries.push_back(entry);
    }

    fn make_room(&mut self, weight: usize, bounds: Bounds, mut forget: impl FnMut(Entry)) {
        while self.entries.len() >= bounds.entries || self.bytes + weight > bounds.bytes {
            let Some(oldest) = self.entries.pop_front() else {
                return;
            };
            self.bytes -= oldest.weight();
            self.texts.drain(..oldest.kept as usize);
            forget(oldest);
        }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The entries from the `first` one on, oldest first, each with where its text begins.
    pub fn entries_from(&self, first: usize) -> impl Iterator<Item = (&Entry, usize)> {
        let mut place = 0;
        let all = self.entries.iter().map(move |entry| {
            let begin = place;
            place += entry.kept as usize;
            (entry, begin)
        });
        all.skip(first)
    }

    /// The text that begins at `place`, if the entry has one that was kept.
    pub fn text<'a>(
        &'a self,
        entry: &Entry,
        place: usize,
        whole: &'a mut Vec<u8>,
    ) -> Option<&'a str> {
        if !entry.has_data || entry.kept < entry.bytes {
            return None;
        }
        let end = place + entry.kept as usize;
        let (front, back) = self.texts.as_slices();
        let bytes = if end <= front.len() {
            &front[place..end]
        } else if place >= front.len() {
            &back[place - front.len()..end - front.len()]
        } else {
            whole.clear();
            whole.extend_from_slice(&front[place..]);
            whole.extend_from_slice(&back[..end - front.len()]);
            whole
        };
        // It was a text when it was written.
        str::from_utf8(bytes).ok()
    }

    /// Bytes that are reserved.
    #[cfg(test)]
    pub fn capacity(&self) -> usize {
        self.texts.capacity() + self.entries.capacity() * size_of::<Entry>()
    }

    /// What the entries take, texts included.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

/// How much a ring holds.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub entries: usize,
    pub bytes: usize,
}

/// Doubles what is reserved, but not beyond what will ever be needed.
fn grow<T>(queue: &mut VecDeque<T>, more: usize, most: usize) {
    let needed = queue.len() + more;
    if needed > queue.capacity() {
        let wanted = needed.max((queue.capacity() * 2).min(most));
        queue.reserve_exact(wanted - queue.len());
    }
}
