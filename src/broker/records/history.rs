//! The last messages of each channel.

use std::collections::VecDeque;

use lru::LruCache;

use crate::broker::{ChannelId, Message};
use crate::protocol::Limits;

/// A FIFO of messages per channel, for the most recently used channels. It outlives a channel's
/// subscribers: a channel is remembered until it is the least recently used, or until a reset.
///
/// All channels share a budget of bytes. Over it the least recently used channel loses its oldest
/// messages first.
///
/// Published events only: what clients send to each other is in no history.
pub(in crate::broker) struct History {
    channels: LruCache<ChannelId, VecDeque<Message>>,
    /// Messages kept per channel.
    messages: usize,
    /// Channels kept, at least one.
    max_channels: usize,
    /// Bytes that all messages may take, and do take.
    max_bytes: usize,
    bytes: usize,
    /// Messages that the budget has cost.
    dropped: u64,
}

impl History {
    pub fn new(limits: &Limits) -> History {
        History {
            channels: LruCache::unbounded(),
            messages: limits.history,
            max_channels: limits.history_channels.max(1),
            max_bytes: limits.history_bytes,
            bytes: 0,
            dropped: 0,
        }
    }

    /// Makes `channel` the most recently used. Returns the channel that had to go for it, if any.
    pub fn touch(&mut self, channel: ChannelId) -> Option<ChannelId> {
        if self.channels.get(&channel).is_some() {
            return None;
        }
        self.channels.put(channel, VecDeque::new());
        self.evict()
    }

    /// Appends a message, dropping the oldest one over the limit. Returns the channels that had to
    /// go for it.
    pub fn push(&mut self, channel: ChannelId, message: Message) -> Vec<ChannelId> {
        let mut gone = Vec::new();
        let weight = message.weight();
        if let Some(messages) = self.channels.get_mut(&channel) {
            self.bytes -= append(messages, message, self.messages);
        } else {
            let mut messages = VecDeque::new();
            append(&mut messages, message, self.messages);
            self.channels.put(channel, messages);
            gone.extend(self.evict());
        }
        if self.messages > 0 {
            self.bytes += weight;
            self.economize(&mut gone);
        }
        gone
    }

    fn evict(&mut self) -> Option<ChannelId> {
        if self.channels.len() <= self.max_channels {
            return None;
        }
        let (channel, messages) = self.channels.pop_lru()?;
        self.bytes -= weight_of(&messages);
        Some(channel)
    }

    /// Comes back to the budget. A channel that has nothing left is remembered no longer.
    fn economize(&mut self, gone: &mut Vec<ChannelId>) {
        while self.bytes > self.max_bytes
            && let Some((&channel, _)) = self.channels.peek_lru()
            && let Some(messages) = self.channels.peek_mut(&channel)
        {
            if let Some(oldest) = messages.pop_front() {
                self.bytes -= oldest.weight();
                self.dropped += 1;
            }
            if messages.is_empty() {
                self.channels.pop(&channel);
                gone.push(channel);
            }
        }
    }

    /// How many messages the budget has cost since the last [`clear`](History::clear).
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Whether `channel` is remembered, with or without messages.
    pub fn remembers(&self, channel: ChannelId) -> bool {
        self.channels.contains(&channel)
    }

    /// The messages of `channel`, oldest first. Looking does not count as use.
    pub fn of(&self, channel: ChannelId) -> impl Iterator<Item = &Message> {
        self.channels.peek(&channel).into_iter().flatten()
    }

    /// How many messages of `channel` are kept.
    pub fn len(&self, channel: ChannelId) -> usize {
        self.channels.peek(&channel).map_or(0, VecDeque::len)
    }

    /// Keeps at most this many messages per channel from now on; the oldest ones over it go.
    pub fn set_limit(&mut self, messages: usize) {
        self.messages = messages;
        for (_, kept) in self.channels.iter_mut() {
            let over = kept.drain(..kept.len().saturating_sub(messages));
            self.bytes -= over.map(|message| message.weight()).sum::<usize>();
        }
    }

    pub fn clear(&mut self) {
        self.channels.clear();
        self.bytes = 0;
        self.dropped = 0;
    }
}

/// Returns the bytes of the message that had to go.
fn append(messages: &mut VecDeque<Message>, message: Message, limit: usize) -> usize {
    let oldest = (messages.len() >= limit).then(|| messages.pop_front());
    if limit > 0 {
        messages.push_back(message);
    }
    oldest.flatten().map_or(0, |oldest| oldest.weight())
}

fn weight_of(messages: &VecDeque<Message>) -> usize {
    messages.iter().map(Message::weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(messages: usize, channels: usize) -> History {
        History::new(&Limits {
            history: messages,
            history_channels: channels,
            ..Limits::default()
        })
    }

    fn message(name: &str) -> Message {
        sized(name, 2)
    }

    fn sized(name: &str, bytes: usize) -> Message {
        Message {
            name: name.into(),
            data: "x".repeat(bytes).into(),
            timestamp: 0,
        }
    }

    fn names(history: &History, channel: ChannelId) -> Vec<String> {
        history.of(channel).map(|m| m.name.to_string()).collect()
    }

    #[test]
    fn the_oldest_message_goes_first() {
        let mut history = self::history(2, 10);
        for name in ["a", "b", "c"] {
            history.push(1, message(name));
        }
        assert_eq!(names(&history, 1), ["b", "c"]);
    }

    #[test]
    fn the_least_recently_used_channel_goes_first() {
        let mut history = self::history(2, 2);
        assert!(history.push(1, message("a")).is_empty());
        assert!(history.push(2, message("b")).is_empty());
        assert_eq!(history.touch(1), None);
        assert_eq!(history.push(3, message("c")), [2]);
        assert!(history.remembers(1) && history.remembers(3) && !history.remembers(2));
    }

    #[test]
    fn looking_at_messages_does_not_count_as_use() {
        let mut history = self::history(2, 2);
        history.push(1, message("a"));
        history.push(2, message("b"));
        assert_eq!(names(&history, 1), ["a"]);
        assert_eq!(history.touch(3), Some(1));
    }

    #[test]
    fn a_smaller_limit_applies_to_what_is_kept_already() {
        let mut history = self::history(3, 10);
        for name in ["a", "b", "c"] {
            history.push(1, message(name));
        }
        history.set_limit(1);
        assert_eq!(names(&history, 1), ["c"]);
        history.set_limit(0);
        history.push(1, message("d"));
        assert_eq!(history.len(1), 0);
    }

    /// With room for ten kilobytes, which is not quite ten messages of a thousand bytes.
    fn small() -> History {
        History::new(&Limits {
            history_bytes: 10_000,
            ..Limits::default()
        })
    }

    #[test]
    fn over_the_budget_the_least_recently_used_channel_loses_its_oldest_messages_first() {
        let mut history = small();
        for channel in [1, 2] {
            for name in ["a", "b", "c", "d"] {
                history.push(channel, sized(name, 1_000));
            }
        }
        history.touch(1);
        history.push(3, sized("e", 1_000));
        history.push(3, sized("f", 1_000));
        assert_eq!(names(&history, 2), ["b", "c", "d"]);
        assert_eq!(names(&history, 1), ["a", "b", "c", "d"]);
        assert_eq!(history.push(3, sized("g", 6_000)), [2]);
        assert_eq!(names(&history, 1), ["d"]);
        assert_eq!(names(&history, 3), ["e", "f", "g"]);
        assert_eq!(history.dropped(), 7);
    }

    #[test]
    fn the_budget_is_counted_right_whatever_takes_messages_away() {
        let mut history = small();
        for round in 0..50 {
            for channel in 0..4 {
                history.push(channel, sized("a", 100 * (channel as usize + round % 7)));
            }
            history.set_limit([3, 1, 0, 100][round % 4]);
            history.touch(round as ChannelId);
            let kept: usize = history.channels.iter().map(|(_, m)| weight_of(m)).sum();
            assert_eq!(history.bytes, kept, "round {round}");
            assert!(kept <= 10_000);
        }
        history.clear();
        assert_eq!((history.bytes, history.dropped()), (0, 0));
    }

    #[test]
    fn a_message_beyond_the_whole_budget_is_not_kept() {
        let mut history = small();
        assert_eq!(history.push(1, sized("a", 20_000)), [1]);
        assert_eq!((history.bytes, history.dropped()), (0, 1));
    }
}
