//! What strangers send, made up: nothing panics, nothing is half understood, and what is encoded
//! reads back as it was.

use std::sync::Arc;

use parking_lot::Mutex;
use proptest::collection::vec;
use proptest::prelude::*;
use pushrig::broker::{self, ApiRequest, App, AppOptions, Reading};
use pushrig::protocol::signature::{self, SignedRequest};
use pushrig::protocol::{
    ChannelName, ClientFrame, Handshake, Limits, SocketId, query, server_frame,
};
use serde_json::{Value, json};

const NOW: u64 = 1_700_000_000_000;

/// Any JSON value, a few levels deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((field(), inner), 0..4).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// Names that mean something somewhere in the protocol, and others.
fn field() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "event",
        "data",
        "channel",
        "channels",
        "auth",
        "channel_data",
        "user_data",
        "name",
        "socket_id",
        "info",
        "batch",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => any::<String>()]
}

fn event_name() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "pusher:subscribe",
        "pusher:unsubscribe",
        "pusher:ping",
        "pusher:pong",
        "pusher:signin",
        "client-x",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => any::<String>()]
}

/// JSON text with pieces cut out or doubled.
fn damaged(text: String, from: usize, length: usize, doubled: bool) -> String {
    let chars: Vec<char> = text.chars().collect();
    let from = from % (chars.len() + 1);
    let to = (from + length).min(chars.len());
    let kept = if doubled { to } else { from };
    chars[..kept]
        .iter()
        .chain(&chars[if doubled { from } else { to }..])
        .collect()
}

/// As clients do it, where everything but letters and digits is encoded.
fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn channel_name() -> impl Strategy<Value = String> {
    "(private-|presence-|private-encrypted-|cache-|#server-to-user-)?[A-Za-z0-9_=@,.;-]{1,100}"
}

fn cases() -> u32 {
    match std::env::var_os("PUSHRIG_LONG") {
        Some(_) => 100_000,
        None => 200,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    // ---- frames

    #[test]
    fn any_text_is_a_frame_or_a_refusal_that_keeps_the_connection(text in any::<String>()) {
        if let Err(refusal) = ClientFrame::parse(&text) {
            prop_assert!(!refusal.closes());
        }
    }

    #[test]
    fn almost_frames_are_frames_or_refusals(
        event in event_name(), data in any_json(), more in vec((field(), any_json()), 0..3),
        from in 0..200_usize, length in 0..20_usize, doubled in any::<bool>(),
    ) {
        let mut frame: serde_json::Map<String, Value> = more.into_iter().collect();
        frame.insert("event".to_owned(), event.into());
        frame.insert("data".to_owned(), data);
        let text = damaged(Value::from(frame).to_string(), from, length, doubled);
        if let Err(refusal) = ClientFrame::parse(&text) {
            prop_assert!(!refusal.closes());
        }
    }

    #[test]
    fn a_subscription_is_read_as_it_was_written(
        channel in any::<String>(), auth in ".+", channel_data in any::<String>(), twice in any::<bool>(),
    ) {
        let data = json!({ "auth": auth, "channel_data": channel_data, "channel": channel });
        let data = if twice { data.to_string().into() } else { data };
        let frame = json!({ "event": "pusher:subscribe", "data": data }).to_string();
        let Ok(ClientFrame::Subscribe { channel: read, auth: read_auth, channel_data: read_data }) =
            ClientFrame::parse(&frame)
        else {
            panic!("{frame}")
        };
        prop_assert_eq!((read, read_auth, read_data), (channel, Some(auth), Some(channel_data)));
    }

    #[test]
    fn a_client_event_reaches_others_with_the_same_json(
        event in "client-.*", channel in channel_name(), data in any_json(), user in any::<Option<String>>(),
    ) {
        let sent = json!({ "event": event, "channel": channel, "data": data, "user_id": "spoofed" });
        let Ok(ClientFrame::ClientEvent { event, channel, data }) = ClientFrame::parse(&sent.to_string())
        else {
            panic!("{sent}")
        };
        let relayed = server_frame::client_event(&channel, &event, &data, user.as_deref());
        let relayed: Value = serde_json::from_str(&relayed).unwrap();
        let mut expected = sent;
        match user {
            Some(user) => expected["user_id"] = user.into(),
            None => drop(expected.as_object_mut().unwrap().remove("user_id")),
        }
        prop_assert_eq!(relayed, expected);
    }

    #[test]
    fn a_published_event_is_read_as_it_was_published(
        channel in channel_name(), name in any::<String>(), data in any::<String>(),
    ) {
        let frame: Value = serde_json::from_str(&server_frame::event(&channel, &name, &data)).unwrap();
        prop_assert_eq!(frame, json!({ "event": name, "channel": channel, "data": data }));
    }

    // ---- names

    #[test]
    fn legal_channel_names_are_kept_and_others_refused_with_400(legal in channel_name(), any in any::<String>()) {
        let limits = Limits::default();
        let parsed = ChannelName::parse(&legal, &limits).unwrap();
        prop_assert_eq!(parsed.as_str(), &legal);
        if let Err(refusal) = ChannelName::parse(&any, &limits) {
            prop_assert_eq!(refusal.status(), 400);
            prop_assert!(refusal.body().ends_with('\n'));
        }
    }

    #[test]
    fn socket_ids_are_two_numbers(text in "[0-9.]{0,8}|.*") {
        let numbers: Vec<&str> = text.split('.').collect();
        let legal = numbers.len() == 2
            && numbers.iter().all(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()));
        prop_assert_eq!(SocketId::parse(&text).is_some(), legal);
    }

    // ---- addresses

    #[test]
    fn a_query_is_read_as_it_was_encoded(pairs in vec((".+", any::<String>()), 0..5)) {
        let encoded: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", percent_encoded(name), percent_encoded(value)))
            .collect();
        prop_assert_eq!(query::parse(&encoded.join("&")), pairs);
    }

    #[test]
    fn any_address_is_a_handshake_or_closes(target in "/?(app)?/?[^?]{0,9}(\\?protocol=)?.{0,9}|.*") {
        query::parse(&target);
        if let Err(refusal) = Handshake::parse(&target) {
            prop_assert!(refusal.closes());
        }
    }

    // ---- signatures

    #[test]
    fn a_signed_request_verifies_until_anything_changes(
        secret in ".+", path in "/[a-zé%/]{0,20}", body in any::<String>(),
        parameters in vec(("[a-z\\[\\]]{1,8}", any::<String>()), 0..4),
        seconds in -599_i64..600,
    ) {
        let mut query = parameters;
        query.extend([
            ("auth_key".to_owned(), "key".to_owned()),
            ("auth_timestamp".to_owned(), (NOW as i64 / 1000 + seconds).to_string()),
            ("auth_version".to_owned(), "1.0".to_owned()),
            ("body_md5".to_owned(), signature::md5_hex(&body)),
        ]);
        let unsigned = SignedRequest { method: "POST", path: &path, query: &query, body: body.as_bytes() };
        let signature = signature::hmac_sha256_hex(&secret, &unsigned.string_to_sign());
        let mut query = query.clone();
        query.push(("auth_signature".to_owned(), signature));
        let request = SignedRequest { query: &query, ..unsigned };
        let verify = |request: &SignedRequest, secret: &str| {
            request.verify(|_| Some(secret), NOW).map(str::to_owned).map_err(|error| error.status())
        };
        prop_assert_eq!(verify(&request, &secret), Ok("key".to_owned()));

        let other_body = format!("{body}x");
        prop_assert_eq!(verify(&SignedRequest { method: "GET", ..request }, &secret), Err(401));
        prop_assert_eq!(verify(&SignedRequest { body: other_body.as_bytes(), ..request }, &secret), Err(401));
        prop_assert_eq!(verify(&request, &format!("{secret}x")), Err(401));
        let mut more = query.clone();
        more.push(("extra".to_owned(), String::new()));
        prop_assert_eq!(verify(&SignedRequest { query: &more, ..request }, &secret), Err(401));
    }

    #[test]
    fn any_signature_is_checked_without_a_panic(secret in any::<String>(), text in any::<String>(), sent in "[0-9a-f]{0,70}|.*") {
        prop_assert!(!signature::verify(&secret, &text, &sent));
        signature::split_auth(&sent);
    }

    #[test]
    fn a_secretbox_opens_to_what_was_put_in(message in vec(any::<u8>(), 0..100), nonce in any::<[u8; 24]>(), key in any::<[u8; 32]>()) {
        let mut sealed = signature::secretbox_seal(&message, &nonce, &key);
        prop_assert_eq!(signature::secretbox_open(&sealed, &nonce, &key), Some(message));
        let last = sealed.len() - 1;
        sealed[last] ^= 1;
        prop_assert_eq!(signature::secretbox_open(&sealed, &nonce, &key), None);
    }

    // ---- the HTTP API

    #[test]
    fn any_request_gets_an_answer_in_its_format(
        method in "GET|POST|.*", path in "(/(events|batch_events|channels|users|stats|[^?]{0,5})){0,4}",
        query in vec((prop_oneof![field(), Just("channels[]".to_owned())], any::<String>()), 0..3),
        body in prop_oneof![any::<String>(), any_json().prop_map(|json| json.to_string())],
    ) {
        let app = Arc::new(Mutex::new(App::new(AppOptions::default())));
        let request = ApiRequest { method: &method, path: &path, query: &query, body: &body };
        let response = broker::respond(&app, &request, &Reading::from(NOW));
        match response.status {
            200 => prop_assert!(serde_json::from_str::<Value>(&response.body).unwrap().is_object()),
            202 => prop_assert_eq!(response.body, ""),
            400 | 404 | 405 | 413 => prop_assert!(response.body.ends_with('\n')),
            other => prop_assert!(false, "{other} {}", response.body),
        }
    }

    #[test]
    fn an_event_is_published_everywhere_or_nowhere(
        channels in vec(prop_oneof![9 => channel_name(), 1 => any::<String>()], 1..6),
        name in "[a-z]{1,9}|pusher.*|", data in prop_oneof![Just(json!("d")), any_json()],
    ) {
        let app = Arc::new(Mutex::new(App::new(AppOptions::default())));
        let body = json!({ "name": name, "data": data, "channels": channels }).to_string();
        let request = ApiRequest { method: "POST", path: "/events", query: &[], body: &body };
        let delivered = usize::from(broker::respond(&app, &request, &Reading::from(NOW)).status == 200);
        for channel in &channels {
            prop_assert_eq!(app.lock().messages(channel).len(), delivered);
        }
    }
}

#[test]
fn depth_does_not_cost_the_stack() {
    for (open, close) in [("[", "]"), (r#"{"data":"#, "}"), (r#"{"batch":["#, "]}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        let app = Arc::new(Mutex::new(App::new(AppOptions::default())));
        for path in ["/events", "/batch_events"] {
            let request = ApiRequest {
                method: "POST",
                path,
                query: &[],
                body: &deep,
            };
            assert_eq!(
                broker::respond(&app, &request, &Reading::from(NOW)).status,
                400
            );
        }
        assert!(ClientFrame::parse(&deep).is_err());
        let frame = format!(r#"{{"event":"pusher:signin","data":{deep}}}"#);
        assert!(ClientFrame::parse(&frame).is_err());
    }
}
