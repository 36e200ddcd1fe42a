//! What the service sends. Every function gives the complete text of one frame.
//!
//! `data` of the service's own frames is a *string* that holds JSON, except in `pusher:error`;
//! clients in several languages rely on both.

use std::fmt::Write;

use serde::Serialize;
use serde_json::value::RawValue;

use super::SocketError;

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

/// The first frame of a connection.
pub fn connection_established(socket_id: &str, activity_timeout_s: u32) -> String {
    #[derive(Serialize)]
    struct Established<'a> {
        socket_id: &'a str,
        activity_timeout: u32,
    }
    let data = json(&Established {
        socket_id,
        activity_timeout: activity_timeout_s,
    });
    frame("pusher:connection_established", None, Some(data))
}

/// A refusal. When it [closes](SocketError::closes), the close frame with the same code follows.
pub fn error(error: &SocketError) -> String {
    #[derive(Serialize)]
    struct Refusal {
        code: Option<u16>,
        message: String,
    }
    let data = Refusal {
        code: error.code(),
        message: error.to_string(),
    };
    frame("pusher:error", None, Some(data))
}

/// Answers a client's ping. Its data is text, as all data but that of errors: clients of Go and .NET
/// read a string, and stop at an object.
pub fn pong() -> String {
    r#"{"event":"pusher:pong","data":"{}"}"#.to_owned()
}

/// The subscription to a channel without presence is in force.
pub fn subscription_succeeded(channel: &str) -> String {
    frame(
        "pusher_internal:subscription_succeeded",
        Some(channel),
        Some("{}"),
    )
}

/// The subscription to a presence channel is in force. `count` distinct users are there, the
/// joining one included.
///
/// `ids` and `hash` are the content of that array and that object, escaped already as inside of a
/// JSON string: who keeps them that way does not encode every member again for each newcomer.
pub fn presence_subscription_succeeded(
    channel: &str,
    count: usize,
    ids: &str,
    hash: &str,
) -> String {
    let mut frame = String::with_capacity(ids.len() + hash.len() + channel.len() + 160);
    // The alphabet of channel names needs no escaping, and writing to a string cannot fail.
    let _ = write!(
        frame,
        r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{channel}","data":"{{\"presence\":{{\"count\":{count},\"ids\":[{ids}],\"hash\":{{{hash}}}}}}}"}}"#
    );
    frame
}

/// The first connection of a user joined a presence channel. The id keeps the type that the
/// client's server chose, string or number.
pub fn member_added(channel: &str, user_id: &RawValue, user_info: Option<&RawValue>) -> String {
    #[derive(Serialize)]
    struct Added<'a> {
        user_id: &'a RawValue,
        #[serde(skip_serializing_if = "Option::is_none")]
        user_info: Option<&'a RawValue>,
    }
    let data = json(&Added { user_id, user_info });
    frame("pusher_internal:member_added", Some(channel), Some(data))
}

/// The last connection of a user left a presence channel.
pub fn member_removed(channel: &str, user_id: &RawValue) -> String {
    #[derive(Serialize)]
    struct Removed<'a> {
        user_id: &'a RawValue,
    }
    let data = json(&Removed { user_id });
    frame("pusher_internal:member_removed", Some(channel), Some(data))
}

/// How many connections are subscribed to a channel now.
pub fn subscription_count(channel: &str, count: usize) -> String {
    #[derive(Serialize)]
    struct Count {
        subscription_count: usize,
    }
    let data = json(&Count {
        subscription_count: count,
    });
    frame(
        "pusher_internal:subscription_count",
        Some(channel),
        Some(data),
    )
}

/// A cache channel has no event to begin with. Without data: clients receive `undefined`.
pub fn cache_miss(channel: &str) -> String {
    frame("pusher:cache_miss", Some(channel), None::<&str>)
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

/// The connection is signed in. `user_data` is the text the client sent.
pub fn signin_success(user_data: &str) -> String {
    #[derive(Serialize)]
    struct SignedIn<'a> {
        user_data: &'a str,
    }
    let data = json(&SignedIn { user_data });
    frame("pusher:signin_success", None, Some(data))
}

/// Users on the connection's watchlist who came or went; an empty side is left out.
pub fn watchlist_events(online: &[&str], offline: &[&str]) -> String {
    #[derive(Serialize)]
    struct Watchlist<'a> {
        events: Vec<Change<'a>>,
    }
    #[derive(Serialize)]
    struct Change<'a> {
        name: &'a str,
        user_ids: &'a [&'a str],
    }
    let data = json(&Watchlist {
        events: [("online", online), ("offline", offline)]
            .into_iter()
            .filter(|(_, user_ids)| !user_ids.is_empty())
            .map(|(name, user_ids)| Change { name, user_ids })
            .collect(),
    });
    frame("pusher_internal:watchlist_events", None, Some(data))
}

/// Text and numbers always have a JSON form, and a [`RawValue`] is one.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("frames contain nothing that JSON cannot express")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    #[test]
    fn the_handshake_and_other_own_data_is_a_string() {
        assert_eq!(
            connection_established("123.456", 120),
            r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"123.456\",\"activity_timeout\":120}"}"#
        );
        assert_eq!(
            subscription_succeeded("a"),
            r#"{"event":"pusher_internal:subscription_succeeded","channel":"a","data":"{}"}"#
        );
        assert_eq!(
            subscription_count("a", 3),
            r#"{"event":"pusher_internal:subscription_count","channel":"a","data":"{\"subscription_count\":3}"}"#
        );
        assert_eq!(
            signin_success(r#"{"id":"1"}"#),
            r#"{"event":"pusher:signin_success","data":"{\"user_data\":\"{\\\"id\\\":\\\"1\\\"}\"}"}"#
        );
    }

    #[test]
    fn an_error_is_an_object_with_a_code_or_null() {
        assert_eq!(
            error(&SocketError::OverQuota),
            r#"{"event":"pusher:error","data":{"code":4004,"message":"Account over quota"}}"#
        );
        assert_eq!(
            error(&SocketError::ExistingSubscription("a".into())),
            r#"{"event":"pusher:error","data":{"code":null,"message":"Existing subscription to channel a"}}"#
        );
    }

    #[test]
    fn presence_shows_every_user() {
        assert_eq!(
            presence_subscription_succeeded(
                "presence-a",
                2,
                r#"\"u\",\"7\""#,
                r#"\"u\":{\"name\": \"Ann\"},\"7\":null"#
            ),
            r#"{"event":"pusher_internal:subscription_succeeded","channel":"presence-a","data":"{\"presence\":{\"count\":2,\"ids\":[\"u\",\"7\"],\"hash\":{\"u\":{\"name\": \"Ann\"},\"7\":null}}}"}"#
        );
    }

    #[test]
    fn members_come_and_go_under_the_id_their_server_gave() {
        assert_eq!(
            member_added(
                "presence-a",
                &raw(r#""u""#),
                Some(&raw(r#"{"name": "Ann"}"#))
            ),
            r#"{"event":"pusher_internal:member_added","channel":"presence-a","data":"{\"user_id\":\"u\",\"user_info\":{\"name\": \"Ann\"}}"}"#
        );
        assert_eq!(
            member_added("presence-a", &raw("7"), None),
            r#"{"event":"pusher_internal:member_added","channel":"presence-a","data":"{\"user_id\":7}"}"#
        );
        assert_eq!(
            member_removed("presence-a", &raw("7")),
            r#"{"event":"pusher_internal:member_removed","channel":"presence-a","data":"{\"user_id\":7}"}"#
        );
    }

    #[test]
    fn a_published_event_passes_its_data_through_as_a_string() {
        assert_eq!(
            event("a", "e", "{ \"x\" : 1 } ü\n"),
            "{\"event\":\"e\",\"channel\":\"a\",\"data\":\"{ \\\"x\\\" : 1 } ü\\n\"}"
        );
    }

    #[test]
    fn a_client_event_passes_its_data_through_as_json() {
        assert_eq!(
            client_event(
                "presence-a",
                "client-\"x\"",
                &raw(r#"{"n": 1.0}"#),
                Some("u\\v")
            ),
            r#"{"event":"client-\"x\"","channel":"presence-a","data":{"n": 1.0},"user_id":"u\\v"}"#
        );
        assert_eq!(
            client_event("private-a", "client-x", &raw("null"), None),
            r#"{"event":"client-x","channel":"private-a","data":null}"#
        );
    }

    #[test]
    fn a_cache_miss_has_no_data() {
        assert_eq!(
            cache_miss("cache-a"),
            r#"{"event":"pusher:cache_miss","channel":"cache-a"}"#
        );
    }

    #[test]
    fn a_pong_has_text() {
        assert_eq!(pong(), r#"{"event":"pusher:pong","data":"{}"}"#);
    }

    #[test]
    fn a_watchlist_change_lists_only_what_changed() {
        assert_eq!(
            watchlist_events(&["a"], &["b"]),
            r#"{"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"online\",\"user_ids\":[\"a\"]},{\"name\":\"offline\",\"user_ids\":[\"b\"]}]}"}"#
        );
        assert_eq!(
            watchlist_events(&[], &["b"]),
            r#"{"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"offline\",\"user_ids\":[\"b\"]}]}"}"#
        );
    }
}
