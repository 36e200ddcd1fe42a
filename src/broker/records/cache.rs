//! What cache channels hand to newcomers.

use lru::LruCache;

use crate::broker::{ChannelId, Message};
use crate::protocol::Limits;

/// The last event of each cache channel, for a while. All share a budget of bytes; over it the one
/// that was published first goes first.
pub(in crate::broker) struct Caches {
    /// The one that was published first is the least recently used: looking does not count as use.
    slots: LruCache<ChannelId, Cached>,
    /// For how long an event is remembered, in milliseconds.
    ttl_ms: u64,
    max_bytes: usize,
    bytes: usize,
    /// Events that the budget has cost.
    dropped: u64,
}

struct Cached {
    event: Message,
    /// Its number in the journal.
    seq: u64,
    /// In milliseconds since the epoch.
    expires: u64,
}

impl Caches {
    pub fn new(limits: &Limits) -> Caches {
        Caches {
            slots: LruCache::unbounded(),
            ttl_ms: limits.cache_ttl_ms,
            max_bytes: limits.cache_bytes,
            bytes: 0,
            dropped: 0,
        }
    }

    /// The event that a new subscriber of `channel` gets, and for how many milliseconds it will
    /// still be remembered.
    pub fn get(&self, channel: ChannelId, now: u64) -> Option<(&Message, u64)> {
        let cached = self.slots.peek(&channel)?;
        (now < cached.expires).then(|| (&cached.event, cached.expires - now))
    }

    /// The number of that event in the journal.
    pub fn seq(&self, channel: ChannelId, now: u64) -> Option<u64> {
        let cached = self.slots.peek(&channel)?;
        (now < cached.expires).then_some(cached.seq)
    }

    /// The channels whose event is forgotten after `from`, up to `to`.
    pub fn expiring(&self, from: u64, to: u64) -> impl Iterator<Item = ChannelId> {
        let slots = self.slots.iter();
        slots
            .filter(move |(_, cached)| from < cached.expires && cached.expires <= to)
            .map(|(&channel, _)| channel)
    }

    /// Remembers `event`, which has this number in the journal, in place of the one before.
    pub fn put(&mut self, channel: ChannelId, event: Message, seq: u64, now: u64) {
        self.bytes += event.weight();
        let expires = now.saturating_add(self.ttl_ms);
        let before = self.slots.put(
            channel,
            Cached {
                event,
                seq,
                expires,
            },
        );
        self.bytes -= before.map_or(0, |before| before.event.weight());
        while let Some((_, oldest)) = self.slots.peek_lru() {
            let is_over = oldest.expires <= now;
            if !is_over && self.bytes <= self.max_bytes {
                break;
            }
            self.dropped += u64::from(!is_over);
            if let Some((_, gone)) = self.slots.pop_lru() {
                self.bytes -= gone.event.weight();
            }
        }
    }

    /// `channel` is gone.
    pub fn forget(&mut self, channel: ChannelId) {
        if let Some(gone) = self.slots.pop(&channel) {
            self.bytes -= gone.event.weight();
        }
    }

    /// How many events the budget has cost since the last [`clear`](Caches::clear).
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    pub fn clear(&mut self) {
        self.slots.clear();
        self.bytes = 0;
        self.dropped = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caches() -> Caches {
        Caches::new(&Limits {
            cache_ttl_ms: 1_000,
            cache_bytes: 5_000,
            ..Limits::default()
        })
    }

    fn event(bytes: usize) -> Message {
        Message {
            name: "e".into(),
            data: "x".repeat(bytes).into(),
            timestamp: 0,
        }
    }

    fn known(caches: &Caches, now: u64) -> Vec<ChannelId> {
        (1..10)
            .filter(|&id| caches.get(id, now).is_some())
            .collect()
    }

    #[test]
    fn over_the_budget_the_oldest_event_goes_first_and_is_counted() {
        let mut caches = caches();
        for channel in 1..=4 {
            caches.put(channel, event(1_000), 0, 0);
        }
        caches.put(1, event(1_000), 0, 1);
        caches.put(5, event(2_000), 0, 2);
        assert_eq!(known(&caches, 2), [1, 4, 5]);
        assert_eq!(caches.dropped(), 2);
        caches.forget(4);
        caches.put(6, event(1_000), 0, 3);
        assert_eq!((known(&caches, 3), caches.dropped()), (vec![1, 5, 6], 2));
    }

    #[test]
    fn what_has_expired_takes_no_memory_and_is_not_missed() {
        let mut caches = caches();
        caches.put(1, event(4_000), 0, 0);
        caches.put(2, event(100), 0, 1_000);
        assert_eq!((caches.slots.len(), caches.dropped()), (1, 0));
        caches.clear();
        assert_eq!(caches.bytes, 0);
    }
}
