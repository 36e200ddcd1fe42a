//! What a client sends.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::limits::MAX_MESSAGE_BYTES;
use super::{SocketError, event};

/// One frame from a client (Pusher docs: Pusher channels protocol).
#[derive(Clone, Debug)]
pub enum ClientFrame {
    /// `pusher:subscribe`. `auth` is `None` when it is absent or empty (pusher-js sends `""` for
    /// public channels); `channel_data` is the exact text that was signed.
    Subscribe {
        channel: String,
        auth: Option<String>,
        channel_data: Option<String>,
    },
    /// `pusher:unsubscribe`.
    Unsubscribe { channel: String },
    /// `pusher:ping`: wants a pong.
    Ping,
    /// `pusher:pong`: answers a ping.
    Pong,
    /// `pusher:signin`. `user_data` is the exact text that was signed.
    Signin { auth: String, user_data: String },
    /// `client-…`, for the other members of `channel`. `data` stays the JSON the sender wrote.
    ClientEvent {
        event: String,
        channel: String,
        data: Box<RawValue>,
    },
    /// Anything else, named by its event.
    Unknown { event: String },
}

/// The members of a JSON object, unparsed. Of repeated names the last one counts, as in JavaScript.
type Members<'a> = HashMap<Cow<'a, str>, &'a RawValue>;

impl ClientFrame {
    /// Reads a message, unless it is longer than any may be.
    pub fn read(message: &str) -> Result<ClientFrame, SocketError> {
        match message.len() > MAX_MESSAGE_BYTES {
            true => Err(SocketError::MessageTooLong),
            false => ClientFrame::parse(message),
        }
    }

    /// Reads the text of one WebSocket message. Members nobody asked for are ignored, which also
    /// keeps a sender from choosing the `user_id` of its client events.
    pub fn parse(text: &str) -> Result<ClientFrame, SocketError> {
        let frame: Members = serde_json::from_str(text)
            .map_err(|error| SocketError::InvalidJson(error.to_string()))?;
        let event: String = frame
            .get("event")
            .and_then(|raw| parsed(raw))
            .ok_or_else(|| SocketError::InvalidJson("event must be a string".to_owned()))?;

        Ok(match event.as_str() {
            "pusher:ping" => ClientFrame::Ping,
            "pusher:pong" => ClientFrame::Pong,
            "pusher:subscribe" => {
                let data = Data::of(&frame, "pusher:subscribe");
                ClientFrame::Subscribe {
                    channel: data.required("channel")?,
                    auth: data.optional("auth")?.filter(|auth| !auth.is_empty()),
                    channel_data: data.optional("channel_data")?,
                }
            }
            "pusher:unsubscribe" => ClientFrame::Unsubscribe {
                channel: Data::of(&frame, "pusher:unsubscribe").required("channel")?,
            },
            "pusher:signin" => {
                let data = Data::of(&frame, "pusher:signin");
                ClientFrame::Signin {
                    auth: data.required("auth")?,
                    user_data: data.required("user_data")?,
                }
            }
            name if event::is_client_event(name) => {
                let channel = frame.get("channel").and_then(|raw| parsed(raw));
                let (Some(channel), Some(data)) = (channel, frame.get("data")) else {
                    return Err(SocketError::InvalidClientEvent);
                };
                ClientFrame::ClientEvent {
                    channel,
                    data: (*data).to_owned(),
                    event,
                }
            }
            _ => ClientFrame::Unknown { event },
        })
    }
}

/// The data of a frame: an object, or a string that holds one (some clients encode it twice).
struct Data {
    event: &'static str,
    members: HashMap<String, Box<RawValue>>,
}

impl Data {
    fn of(frame: &Members, event: &'static str) -> Data {
        let members = frame.get("data").and_then(|raw| {
            parsed(raw).or_else(|| serde_json::from_str(&parsed::<String>(raw)?).ok())
        });
        Data {
            event,
            members: members.unwrap_or_default(),
        }
    }

    /// A string; absent and `null` are the same.
    fn optional(&self, name: &'static str) -> Result<Option<String>, SocketError> {
        match self.members.get(name) {
            None => Ok(None),
            Some(raw) => parsed(raw).ok_or(SocketError::MissingParameter {
                event: self.event,
                parameter: name,
                wanted: "a string",
            }),
        }
    }

    fn required(&self, name: &'static str) -> Result<String, SocketError> {
        self.optional(name)?.ok_or(SocketError::MissingParameter {
            event: self.event,
            parameter: name,
            wanted: "a string",
        })
    }
}

fn parsed<T: DeserializeOwned>(raw: &RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> ClientFrame {
        ClientFrame::parse(text).unwrap()
    }

    fn refusal(text: &str) -> String {
        let error = ClientFrame::parse(text).unwrap_err();
        assert_eq!(error.code(), None, "{text}");
        error.to_string()
    }

    #[test]
    fn a_public_subscription_has_no_auth() {
        for text in [
            r#"{"event":"pusher:subscribe","data":{"auth":"","channel":"task-1"}}"#,
            r#"{"event":"pusher:subscribe","data":{"channel":"task-1"}}"#,
            r#"{"event":"pusher:subscribe","data":{"channel":"task-1","auth":null}}"#,
            r#"{"event":"pusher:subscribe","data":"{\"channel\":\"task-1\"}"}"#,
        ] {
            let ClientFrame::Subscribe {
                channel,
                auth,
                channel_data,
            } = parse(text)
            else {
                panic!("{text}")
            };
            assert_eq!(
                (channel.as_str(), auth, channel_data),
                ("task-1", None, None)
            );
        }
    }

    #[test]
    fn signed_texts_are_kept_to_the_byte() {
        let ClientFrame::Subscribe {
            auth, channel_data, ..
        } = parse(
            r#"{"event":"pusher:subscribe","data":{"auth":"k:s","channel_data":"{\"user_id\": 1}","channel":"presence-x"}}"#,
        )
        else {
            panic!()
        };
        assert_eq!(auth.as_deref(), Some("k:s"));
        assert_eq!(channel_data.as_deref(), Some(r#"{"user_id": 1}"#));

        let ClientFrame::Signin { auth, user_data } = parse(
            r#"{"event":"pusher:signin","data":{"auth":"k:s","user_data":"{\"id\" :\"1\"}"}}"#,
        ) else {
            panic!()
        };
        assert_eq!(
            (auth.as_str(), user_data.as_str()),
            ("k:s", r#"{"id" :"1"}"#)
        );
    }

    #[test]
    fn pings_and_pongs_need_no_data() {
        for data in [r#","data":{}"#, r#","data":"""#, ""] {
            let ping = parse(&format!(r#"{{"event":"pusher:ping"{data}}}"#));
            let pong = parse(&format!(r#"{{"event":"pusher:pong"{data}}}"#));
            assert!(matches!(ping, ClientFrame::Ping));
            assert!(matches!(pong, ClientFrame::Pong));
        }
    }

    #[test]
    fn a_client_event_keeps_its_data_as_the_sender_wrote_it() {
        for data in [r#"{"a": 1.0, "b":[ ]}"#, r#""text""#, "null", r#""\ud800""#] {
            let text = format!(
                r#"{{"event":"client-x","channel":"private-a","data":{data},"user_id":"spoofed"}}"#
            );
            let ClientFrame::ClientEvent {
                event,
                channel,
                data: kept,
            } = parse(&text)
            else {
                panic!("{text}")
            };
            assert_eq!(
                (event.as_str(), channel.as_str()),
                ("client-x", "private-a")
            );
            assert_eq!(kept.get(), data);
        }
    }

    #[test]
    fn a_client_event_needs_channel_and_data() {
        for text in [
            r#"{"event":"client-x","channel":"private-a"}"#,
            r#"{"event":"client-x","data":{}}"#,
            r#"{"event":"client-x","channel":7,"data":{}}"#,
        ] {
            assert_eq!(
                refusal(text),
                "Invalid client event (must contain channel and data)"
            );
        }
    }

    #[test]
    fn an_unsubscription_names_its_channel() {
        let frame = parse(r#"{"event":"pusher:unsubscribe","data":{"channel":"a"}}"#);
        assert!(matches!(frame, ClientFrame::Unsubscribe { channel } if channel == "a"));
    }

    #[test]
    fn other_events_are_named() {
        let frame = parse(r#"{"event":"pusher:dance","data":{}}"#);
        assert!(matches!(frame, ClientFrame::Unknown { event } if event == "pusher:dance"));
    }

    #[test]
    fn the_last_of_repeated_members_counts() {
        let frame = parse(
            r#"{"event":"pusher:ping","event":"pusher:unsubscribe","data":{"channel":"a","channel":"b"}}"#,
        );
        assert!(matches!(frame, ClientFrame::Unsubscribe { channel } if channel == "b"));
    }

    #[test]
    fn missing_and_mistyped_parameters_are_named() {
        assert_eq!(
            refusal(r#"{"event":"pusher:subscribe","data":{}}"#),
            "Invalid pusher:subscribe event: its data needs channel, a string"
        );
        assert_eq!(
            refusal(
                r#"{"event":"pusher:subscribe","data":{"channel":"presence-a","auth":"k:s","channel_data":{"user_id":1}}}"#
            ),
            "Invalid pusher:subscribe event: its data needs channel_data, a string"
        );
        assert_eq!(
            refusal(r#"{"event":"pusher:signin","data":"nonsense"}"#),
            "Invalid pusher:signin event: its data needs auth, a string"
        );
    }

    #[test]
    fn what_is_no_frame_is_refused_without_closing() {
        for text in [
            "",
            "hello",
            "[]",
            "7",
            "{}",
            r#"{"event":1}"#,
            r#"{"event":"a"#,
        ] {
            assert!(refusal(text).starts_with("Invalid frame: "), "{text}");
        }
    }

    #[test]
    fn nesting_costs_no_stack() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        let text = format!(r#"{{"event":"client-x","channel":"private-a","data":{deep}}}"#);
        assert!(matches!(parse(&text), ClientFrame::ClientEvent { .. }));
        assert!(refusal(&deep).starts_with("Invalid frame: "));
        let text = format!(r#"{{"event":"pusher:subscribe","data":{deep}}}"#);
        assert!(refusal(&text).contains("needs channel"));
    }
}
