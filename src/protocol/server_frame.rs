//! What the service sends.
//!
//! `data` of the service's own frames is a *string* that holds JSON, except in `pusher:error`;
//! clients in several languages rely on both.

use std::fmt::Write;
use std::sync::{Arc, OnceLock};

use serde::Serialize;
use serde_json::value::RawValue;

use super::{ChannelName, SocketError, SocketId};

/// One frame of the service's own; what is published is an event, see [`event`].
#[derive(Clone, Debug)]
pub enum ServerFrame {
    /// The first frame of a connection.
    ConnectionEstablished {
        socket_id: SocketId,
        activity_timeout_s: u32,
    },
    /// A refusal. When it [closes](SocketError::closes), the close frame with the same code follows.
    Error(SocketError),
    /// Answers a client's ping. Its data is text, as all data but that of errors: clients of Go and
    /// .NET read a string, and stop at an object.
    Pong,
    /// What pusher-js tells a page when the application's endpoint has refused: the service itself never says it, a test does.
    SubscriptionError {
        channel: ChannelName,
        error: String,
        status: u16,
    },
    /// The subscription to a channel without presence is in force.
    SubscriptionSucceeded { channel: ChannelName },
    /// The subscription to a presence channel is in force. `count` distinct users are there, the
    /// joining one included.
    ///
    /// `ids` and `hash` are the content of that array and that object, escaped already as inside of
    /// a JSON string: who keeps them that way does not encode every member again for each newcomer.
    PresenceSucceeded {
        channel: ChannelName,
        count: usize,
        ids: String,
        hash: String,
    },
    /// The first connection of a user joined a presence channel. The id keeps the type that the
    /// client's server chose, string or number.
    MemberAdded {
        channel: ChannelName,
        user_id: Box<RawValue>,
        user_info: Option<Box<RawValue>>,
    },
    /// The last connection of a user left a presence channel.
    MemberRemoved {
        channel: ChannelName,
        user_id: Box<RawValue>,
    },
    /// How many connections are subscribed to a channel now.
    SubscriptionCount { channel: ChannelName, count: usize },
    /// The event that a cache channel hands to a newcomer.
    Cached {
        channel: ChannelName,
        name: Arc<str>,
        data: Arc<str>,
        /// Not in the frame: the journal's entry of the subscription, as which the newcomer takes the event.
        seq: u64,
    },
    /// A cache channel has no event to begin with. Without data: clients receive `undefined`.
    CacheMiss { channel: ChannelName },
    /// The connection is signed in. `user_data` is the text the client sent.
    SigninSuccess { user_data: String },
    /// Users on the connection's watchlist who came or went; an empty side is left out.
    WatchlistEvents {
        online: Vec<Arc<str>>,
        offline: Vec<Arc<str>>,
    },
}

/// The data of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrameData {
    /// A string, which usually holds JSON.
    Text(String),
    /// A JSON value.
    Json(String),
    None,
}

impl FrameData {
    /// JSON inside of a string.
    fn own(value: &impl Serialize) -> FrameData {
        FrameData::Text(json(value))
    }
}

impl ServerFrame {
    /// Its event.
    pub fn event(&self) -> &str {
        match self {
            ServerFrame::ConnectionEstablished { .. } => "pusher:connection_established",
            ServerFrame::Error(_) => "pusher:error",
            ServerFrame::Pong => "pusher:pong",
            ServerFrame::SubscriptionError { .. } => "pusher:subscription_error",
            ServerFrame::SubscriptionSucceeded { .. } | ServerFrame::PresenceSucceeded { .. } => {
                "pusher_internal:subscription_succeeded"
            }
            ServerFrame::MemberAdded { .. } => "pusher_internal:member_added",
            ServerFrame::MemberRemoved { .. } => "pusher_internal:member_removed",
            ServerFrame::SubscriptionCount { .. } => "pusher_internal:subscription_count",
            ServerFrame::Cached { name, .. } => name,
            ServerFrame::CacheMiss { .. } => "pusher:cache_miss",
            ServerFrame::SigninSuccess { .. } => "pusher:signin_success",
            ServerFrame::WatchlistEvents { .. } => "pusher_internal:watchlist_events",
        }
    }

    /// The channel it is about.
    pub fn channel(&self) -> Option<&ChannelName> {
        match self {
            ServerFrame::SubscriptionSucceeded { channel }
            | ServerFrame::SubscriptionError { channel, .. }
            | ServerFrame::PresenceSucceeded { channel, .. }
            | ServerFrame::MemberAdded { channel, .. }
            | ServerFrame::MemberRemoved { channel, .. }
            | ServerFrame::SubscriptionCount { channel, .. }
            | ServerFrame::Cached { channel, .. }
            | ServerFrame::CacheMiss { channel } => Some(channel),
            _ => None,
        }
    }

    /// What it carries.
    pub fn data(&self) -> FrameData {
        match self {
            ServerFrame::ConnectionEstablished {
                socket_id,
                activity_timeout_s,
            } => {
                #[derive(Serialize)]
                struct Established<'a> {
                    socket_id: &'a str,
                    activity_timeout: u32,
                }
                FrameData::own(&Established {
                    socket_id: socket_id.as_str(),
                    activity_timeout: *activity_timeout_s,
                })
            }
            ServerFrame::Error(error) => {
                #[derive(Serialize)]
                struct Refusal {
                    code: Option<u16>,
                    message: String,
                }
                FrameData::Json(json(&Refusal {
                    code: error.code(),
                    message: error.to_string(),
                }))
            }
            ServerFrame::SubscriptionError { error, status, .. } => {
                #[derive(Serialize)]
                struct Refused<'a> {
                    r#type: &'static str,
                    error: &'a str,
                    status: u16,
                }
                FrameData::own(&Refused {
                    r#type: "AuthError",
                    error,
                    status: *status,
                })
            }
            ServerFrame::Pong | ServerFrame::SubscriptionSucceeded { .. } => {
                FrameData::Text("{}".to_owned())
            }
            ServerFrame::Cached { data, .. } => FrameData::Text(data.to_string()),
            ServerFrame::PresenceSucceeded { .. } => {
                // What it holds is escaped once too often for this.
                let text = self.text();
                let frame: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
                FrameData::Text(frame["data"].as_str().unwrap_or_default().to_owned())
            }
            ServerFrame::MemberAdded {
                user_id, user_info, ..
            } => {
                #[derive(Serialize)]
                struct Added<'a> {
                    user_id: &'a RawValue,
                    #[serde(skip_serializing_if = "Option::is_none")]
                    user_info: Option<&'a RawValue>,
                }
                FrameData::own(&Added {
                    user_id,
                    user_info: user_info.as_deref(),
                })
            }
            ServerFrame::MemberRemoved { user_id, .. } => {
                #[derive(Serialize)]
                struct Removed<'a> {
                    user_id: &'a RawValue,
                }
                FrameData::own(&Removed { user_id })
            }
            ServerFrame::SubscriptionCount { count, .. } => {
                #[derive(Serialize)]
                struct Count {
                    subscription_count: usize,
                }
                FrameData::own(&Count {
                    subscription_count: *count,
                })
            }
            ServerFrame::CacheMiss { .. } => FrameData::None,
            ServerFrame::SigninSuccess { user_data } => {
                #[derive(Serialize)]
                struct SignedIn<'a> {
                    user_data: &'a str,
                }
                FrameData::own(&SignedIn { user_data })
            }
            ServerFrame::WatchlistEvents { online, offline } => {
                #[derive(Serialize)]
                struct Watchlist<'a> {
                    events: Vec<Change<'a>>,
                }
                #[derive(Serialize)]
                struct Change<'a> {
                    name: &'a str,
                    user_ids: Vec<&'a str>,
                }
                FrameData::own(&Watchlist {
                    events: [("online", online), ("offline", offline)]
                        .into_iter()
                        .filter(|(_, user_ids)| !user_ids.is_empty())
                        .map(|(name, user_ids)| Change {
                            name,
                            user_ids: user_ids.iter().map(|id| &**id).collect(),
                        })
                        .collect(),
                })
            }
        }
    }

    /// About how long its text is, without writing it.
    pub fn size(&self) -> usize {
        // More than the names of the event and of a channel, and what stands between them.
        const FRAME: usize = 160;
        FRAME
            + match self {
                ServerFrame::PresenceSucceeded { ids, hash, .. } => ids.len() + hash.len(),
                ServerFrame::MemberAdded {
                    user_id, user_info, ..
                } => user_id.get().len() + user_info.as_ref().map_or(0, |info| info.get().len()),
                ServerFrame::MemberRemoved { user_id, .. } => user_id.get().len(),
                ServerFrame::SigninSuccess { user_data } => user_data.len(),
                ServerFrame::SubscriptionError { error, .. } => error.len(),
                ServerFrame::Cached { name, data, .. } => name.len() + data.len(),
                ServerFrame::WatchlistEvents { online, offline } => {
                    online.iter().chain(offline).map(|id| id.len() + 3).sum()
                }
                _ => 0,
            }
    }

    /// As which event of the journal it is taken, 0 where it is none.
    pub fn seq(&self) -> u64 {
        match self {
            ServerFrame::Cached { seq, .. } => *seq,
            _ => 0,
        }
    }

    /// The complete text.
    pub fn text(&self) -> String {
        if let ServerFrame::PresenceSucceeded {
            channel,
            count,
            ids,
            hash,
        } = self
        {
            let mut text = String::with_capacity(self.size());
            // The alphabet of channel names needs no escaping, and writing to a string cannot fail.
            let _ = write!(
                text,
                r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{channel}","data":"{{\"presence\":{{\"count\":{count},\"ids\":[{ids}],\"hash\":{{{hash}}}}}}}"}}"#
            );
            return text;
        }
        if let ServerFrame::Cached {
            channel,
            name,
            data,
            ..
        } = self
        {
            return event(channel.as_str(), name, data);
        }
        let (event, channel) = (self.event(), self.channel().map(ChannelName::as_str));
        match self.data() {
            FrameData::Text(data) => frame(event, channel, Some(data)),
            FrameData::Json(data) => frame(event, channel, RawValue::from_string(data).ok()),
            FrameData::None => frame(event, channel, None::<&str>),
        }
    }
}

/// A frame for many: its text is written once, by who first asks for it.
#[derive(Debug)]
pub struct SharedFrame {
    /// What it says.
    pub frame: ServerFrame,
    text: OnceLock<Box<str>>,
}

impl SharedFrame {
    /// The complete text.
    pub fn text(&self) -> &str {
        self.text.get_or_init(|| self.frame.text().into())
    }
}

impl From<ServerFrame> for SharedFrame {
    fn from(frame: ServerFrame) -> SharedFrame {
        SharedFrame {
            frame,
            text: OnceLock::new(),
        }
    }
}

#[derive(Serialize)]
struct Frame<'a, D: Serialize> {
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<D>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
}

fn frame<D: Serialize>(event: &str, channel: Option<&str>, data: Option<D>) -> String {
    json(&Frame {
        event,
        channel,
        data,
        user_id: None,
    })
}

/// An event published by a server: its data is the same string.
pub fn event(channel: &str, name: &str, data: &str) -> String {
    frame(name, Some(channel), Some(data))
}

/// An event sent by a client: its data is the JSON value that the sender wrote. `user_id` is the
/// sender's on a presence channel.
pub fn client_event(channel: &str, name: &str, data: &RawValue, user_id: Option<&str>) -> String {
    json(&Frame {
        event: name,
        channel: Some(channel),
        data: Some(data),
        user_id,
    })
}

/// Text and numbers always have a JSON form, and a [`RawValue`] is one.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("frames contain nothing that JSON cannot express")
}

#[cfg(test)]
mod tests;
