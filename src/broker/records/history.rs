//! The last messages of each channel.

use std::collections::VecDeque;

use lru::LruCache;

use crate::broker::{ChannelId, Message};

/// A FIFO of messages per channel, for the most recently used channels. It outlives a channel's
/// subscribers: a channel is remembered until it is the least recently used, or until a reset.
///
/// Published events only: what clients send to each other is in no history.
pub(in crate::broker) struct History {
    channels: LruCache<ChannelId, VecDeque<Message>>,
    /// Messages kept per channel.
    messages: usize,
    /// Channels kept, at least one.
    max_channels: usize,
}

impl History {
    pub fn new(messages: usize, max_channels: usize) -> History {
        History {
            channels: LruCache::unbounded(),
            messages,
            max_channels: max_channels.max(1),
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

    /// Appends a message, dropping the oldest one over the limit. Returns the channel that had to
    /// go for a new one, if any.
    pub fn push(&mut self, channel: ChannelId, message: Message) -> Option<ChannelId> {
        if let Some(messages) = self.channels.get_mut(&channel) {
            append(messages, message, self.messages);
            return None;
        }
        let mut messages = VecDeque::new();
        append(&mut messages, message, self.messages);
        self.channels.put(channel, messages);
        self.evict()
    }

    fn evict(&mut self) -> Option<ChannelId> {
        if self.channels.len() <= self.max_channels {
            return None;
        }
        self.channels.pop_lru().map(|(channel, _)| channel)
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
            kept.drain(..kept.len().saturating_sub(messages));
        }
    }

    pub fn clear(&mut self) {
        self.channels.clear();
    }
}

fn append(messages: &mut VecDeque<Message>, message: Message, limit: usize) {
    if messages.len() >= limit {
        messages.pop_front();
    }
    if limit > 0 {
        messages.push_back(message);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::broker::Event;
    use crate::protocol::{ChannelName, Limits};

    fn message(name: &str) -> Message {
        let channel = ChannelName::parse("c", &Limits::default()).unwrap();
        Message {
            event: Arc::new(Event::published(channel, name.into(), "{}".into())),
            timestamp: 0,
        }
    }

    fn names(history: &History, channel: ChannelId) -> Vec<String> {
        history
            .of(channel)
            .map(|m| m.event.name.to_string())
            .collect()
    }

    #[test]
    fn the_oldest_message_goes_first() {
        let mut history = History::new(2, 10);
        for name in ["a", "b", "c"] {
            history.push(1, message(name));
        }
        assert_eq!(names(&history, 1), ["b", "c"]);
    }

    #[test]
    fn the_least_recently_used_channel_goes_first() {
        let mut history = History::new(2, 2);
        assert_eq!(history.push(1, message("a")), None);
        assert_eq!(history.push(2, message("b")), None);
        assert_eq!(history.touch(1), None);
        assert_eq!(history.push(3, message("c")), Some(2));
        assert!(history.remembers(1) && history.remembers(3) && !history.remembers(2));
    }

    #[test]
    fn looking_at_messages_does_not_count_as_use() {
        let mut history = History::new(2, 2);
        history.push(1, message("a"));
        history.push(2, message("b"));
        assert_eq!(names(&history, 1), ["a"]);
        assert_eq!(history.touch(3), Some(1));
    }

    #[test]
    fn a_smaller_limit_applies_to_what_is_kept_already() {
        let mut history = History::new(3, 10);
        for name in ["a", "b", "c"] {
            history.push(1, message(name));
        }
        history.set_limit(1);
        assert_eq!(names(&history, 1), ["c"]);
        history.set_limit(0);
        history.push(1, message("d"));
        assert_eq!(history.len(1), 0);
    }
}
