use super::*;

fn name(channel: &str) -> ChannelName {
    ChannelName::parse(channel, &crate::protocol::Limits::default()).unwrap()
}

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

#[test]
fn the_handshake_and_other_own_data_is_a_string() {
    assert_eq!(
        ServerFrame::ConnectionEstablished {
            socket_id: SocketId::parse("123.456").unwrap(),
            activity_timeout_s: 120
        }
        .text(),
        r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"123.456\",\"activity_timeout\":120}"}"#
    );
    assert_eq!(
        ServerFrame::SubscriptionSucceeded { channel: name("a") }.text(),
        r#"{"event":"pusher_internal:subscription_succeeded","channel":"a","data":"{}"}"#
    );
    assert_eq!(
        ServerFrame::SubscriptionCount {
            channel: name("a"),
            count: 3
        }
        .text(),
        r#"{"event":"pusher_internal:subscription_count","channel":"a","data":"{\"subscription_count\":3}"}"#
    );
    assert_eq!(
        ServerFrame::SigninSuccess {
            user_data: r#"{"id":"1"}"#.to_owned()
        }
        .text(),
        r#"{"event":"pusher:signin_success","data":"{\"user_data\":\"{\\\"id\\\":\\\"1\\\"}\"}"}"#
    );
}

#[test]
fn an_error_is_an_object_with_a_code_or_null() {
    assert_eq!(
        ServerFrame::Error(SocketError::OverQuota).text(),
        r#"{"event":"pusher:error","data":{"code":4004,"message":"Account over quota"}}"#
    );
    assert_eq!(
        ServerFrame::Error(SocketError::ExistingSubscription("a".into())).text(),
        r#"{"event":"pusher:error","data":{"code":null,"message":"Existing subscription to channel a"}}"#
    );
}

#[test]
fn presence_shows_every_user() {
    assert_eq!(
        ServerFrame::PresenceSucceeded {
            channel: name("presence-a"),
            count: 2,
            ids: r#"\"u\",\"7\""#.to_owned(),
            hash: r#"\"u\":{\"name\": \"Ann\"},\"7\":null"#.to_owned(),
        }
        .text(),
        r#"{"event":"pusher_internal:subscription_succeeded","channel":"presence-a","data":"{\"presence\":{\"count\":2,\"ids\":[\"u\",\"7\"],\"hash\":{\"u\":{\"name\": \"Ann\"},\"7\":null}}}"}"#
    );
}

#[test]
fn members_come_and_go_under_the_id_their_server_gave() {
    assert_eq!(
        ServerFrame::MemberAdded {
            channel: name("presence-a"),
            user_id: raw(r#""u""#),
            user_info: Some(raw(r#"{"name": "Ann"}"#)),
        }
        .text(),
        r#"{"event":"pusher_internal:member_added","channel":"presence-a","data":"{\"user_id\":\"u\",\"user_info\":{\"name\": \"Ann\"}}"}"#
    );
    assert_eq!(
        ServerFrame::MemberAdded {
            channel: name("presence-a"),
            user_id: raw("7"),
            user_info: None
        }
        .text(),
        r#"{"event":"pusher_internal:member_added","channel":"presence-a","data":"{\"user_id\":7}"}"#
    );
    assert_eq!(
        ServerFrame::MemberRemoved {
            channel: name("presence-a"),
            user_id: raw("7")
        }
        .text(),
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
        ServerFrame::CacheMiss {
            channel: name("cache-a")
        }
        .text(),
        r#"{"event":"pusher:cache_miss","channel":"cache-a"}"#
    );
}

#[test]
fn a_refusal_by_the_application_is_what_pusher_js_makes_of_it() {
    assert_eq!(
        ServerFrame::SubscriptionError {
            channel: name("private-a"),
            error: "not you".to_owned(),
            status: 403
        }
        .text(),
        r#"{"event":"pusher:subscription_error","channel":"private-a","data":"{\"type\":\"AuthError\",\"error\":\"not you\",\"status\":403}"}"#
    );
}

#[test]
fn a_pong_has_text() {
    assert_eq!(
        ServerFrame::Pong.text(),
        r#"{"event":"pusher:pong","data":"{}"}"#
    );
}

#[test]
fn a_watchlist_change_lists_only_what_changed() {
    assert_eq!(
        ServerFrame::WatchlistEvents {
            online: vec!["a".into()],
            offline: vec!["b".into()]
        }
        .text(),
        r#"{"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"online\",\"user_ids\":[\"a\"]},{\"name\":\"offline\",\"user_ids\":[\"b\"]}]}"}"#
    );
    assert_eq!(
        ServerFrame::WatchlistEvents {
            online: vec![],
            offline: vec!["b".into()]
        }
        .text(),
        r#"{"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"offline\",\"user_ids\":[\"b\"]}]}"}"#
    );
}

#[test]
fn the_parts_of_a_frame_are_those_of_its_text() {
    let frames = [
        ServerFrame::Error(SocketError::OverQuota),
        ServerFrame::Pong,
        ServerFrame::CacheMiss {
            channel: name("cache-a"),
        },
        ServerFrame::PresenceSucceeded {
            channel: name("presence-a"),
            count: 1,
            ids: r#"\"ü\""#.to_owned(),
            hash: r#"\"ü\":null"#.to_owned(),
        },
        ServerFrame::MemberRemoved {
            channel: name("presence-a"),
            user_id: raw("7"),
        },
        ServerFrame::SubscriptionError {
            channel: name("private-a"),
            error: "\"no\"".to_owned(),
            status: 403,
        },
    ];
    for frame in frames {
        let text: serde_json::Value = serde_json::from_str(&frame.text()).unwrap();
        assert_eq!(text["event"], frame.event());
        let channel = frame.channel().map(ChannelName::as_str);
        assert_eq!(text["channel"].as_str(), channel);
        match frame.data() {
            FrameData::Text(data) => assert_eq!(text["data"], data),
            FrameData::Json(data) => assert_eq!(text["data"].to_string(), data),
            FrameData::None => assert!(text["data"].is_null()),
        }
        assert!(frame.size() >= frame.text().len() / 2, "{text}");
    }
}
