//! What is published.

use std::sync::{Arc, OnceLock};

use serde_json::value::RawValue;

use crate::protocol::{ChannelName, server_frame};

/// One event on one channel. Immutable and shared: every outlet, every subscriber, the history and
/// the cache slot of a channel hold the same one.
#[derive(Debug)]
pub struct Event {
    /// The channel it was published on.
    pub channel: ChannelName,
    /// Its name, such as `new-message`.
    pub name: Arc<str>,
    /// What it carries.
    pub data: EventData,
    /// Who sent it: only of client events on presence channels.
    pub user_id: Option<Arc<str>>,
    /// Its number in the app's journal.
    pub seq: u64,
    frame: OnceLock<Box<str>>,
}

/// The data of an event, in the form in which it goes over the wire.
#[derive(Clone, Debug)]
pub enum EventData {
    /// The string that a server published, passed on as it is: usually JSON, but any text.
    Text(Arc<str>),
    /// The JSON value that a client sent to other clients, as it wrote it.
    Json(Box<RawValue>),
}

impl EventData {
    /// The text of the data: what was published, or JSON.
    pub fn as_str(&self) -> &str {
        match self {
            EventData::Text(text) => text,
            EventData::Json(json) => json.get(),
        }
    }
}

impl Event {
    /// An event published by a server.
    pub fn published(channel: ChannelName, name: Arc<str>, data: Arc<str>, seq: u64) -> Event {
        Event {
            channel,
            name,
            data: EventData::Text(data),
            user_id: None,
            seq,
            frame: OnceLock::new(),
        }
    }

    /// An event sent by a client. `user_id` names the sender on presence channels.
    pub fn from_client(
        channel: ChannelName,
        name: Arc<str>,
        data: Box<RawValue>,
        user_id: Option<Arc<str>>,
        seq: u64,
    ) -> Event {
        Event {
            channel,
            name,
            data: EventData::Json(data),
            user_id,
            seq,
            frame: OnceLock::new(),
        }
    }

    /// The frame as sent to sockets. Encoded when first asked for, by whoever asks.
    pub fn frame(&self) -> &str {
        self.frame.get_or_init(|| {
            let (channel, name) = (self.channel.as_str(), &*self.name);
            match &self.data {
                EventData::Text(text) => server_frame::event(channel, name, text),
                EventData::Json(json) => {
                    server_frame::client_event(channel, name, json, self.user_id.as_deref())
                }
            }
            .into()
        })
    }

    /// The size of the data in bytes.
    pub fn data_len(&self) -> usize {
        self.data.as_str().len()
    }
}

/// A published event as it is kept: without the frame that was sent of it, which would double it.
#[derive(Clone, Debug)]
pub struct Message {
    /// The event's name.
    pub name: Arc<str>,
    /// What was published.
    pub data: Arc<str>,
    /// When, in milliseconds since the epoch.
    pub timestamp: u64,
}

impl Message {
    /// About how many bytes of memory it takes.
    pub(super) fn weight(&self) -> usize {
        // The name is shared with the channel's other messages, most of the time.
        size_of::<Message>() + 2 * size_of::<usize>() + self.data.len()
    }
}
