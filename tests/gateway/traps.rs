//! What toy servers get wrong on the wire, by the numbers of the list that pushrig was built against.
//! Those that an SDK shows without a socket are tests of `__test__/server/traps.test.ts`, those about
//! webhooks (24, 25) of `__test__/webhooks`.

use std::io::Write;
use std::net::Shutdown;
use std::thread;

use pushrig::broker::AppOptions;
use pushrig::gateway::ListenOptions;
use pushrig::protocol::Limits;
use pushrig::protocol::signature::{hmac_sha256_hex, md5_hex};
use serde_json::{Value, json};
use tungstenite::Message;

use super::support::*;

/// Everything that was sent to this client so far has arrived when this returns; those are the frames.
fn fence(client: &mut Client) -> Vec<String> {
    client.send(r#"{"event":"pusher:ping","data":{}}"#);
    let mut before = Vec::new();
    loop {
        match client.receive() {
            frame if frame.contains("pusher:pong") => return before,
            frame => before.push(frame),
        }
    }
}

fn parsed(frame: &str) -> Value {
    serde_json::from_str(frame).unwrap()
}

/// A member of `presence-room`, who has read the roster that this answers.
fn member(server: &Server, user_id: &str) -> (Client, Value) {
    let mut client = server.client();
    let channel_data = format!(r#"{{"user_id":{user_id}}}"#);
    client.send(client.subscription("presence-room", Some(&channel_data)));
    let roster = parsed(&client.receive());
    assert_eq!(roster["event"], "pusher_internal:subscription_succeeded");
    let data = parsed(roster["data"].as_str().unwrap());
    (client, data["presence"].clone())
}

#[test]
fn trap_3_refusals_have_real_codes_and_plain_text_and_success_is_exactly_an_empty_object() {
    let server = serve();
    let post = |body: &str| server.request("POST", "/apps/3/events", "", body);
    let good = post(r#"{"name":"e","data":"1","channels":["a"]}"#);
    assert_eq!((good.status, good.body.as_str()), (200, "{}"));
    for (body, status, text) in [
        (
            r#"{"data":"1","channels":["a"]}"#,
            400,
            "Expected name parameter to be a string\n",
        ),
        (
            r#"{"name":"e","data":"1"}"#,
            400,
            "Missing required parameter: channels\n",
        ),
    ] {
        let reply = post(body);
        assert_eq!((reply.status, reply.body.as_str()), (status, text));
        assert!(reply.head.contains("content-type: text/plain"));
    }
}

#[test]
fn trap_4_a_batch_without_info_answers_an_empty_object() {
    let server = serve();
    let batch = |items: Value| {
        let body = json!({ "batch": items }).to_string();
        server
            .request("POST", "/apps/3/batch_events", "", &body)
            .body
    };
    let item = json!({ "channel": "presence-a", "name": "e", "data": "1" });
    assert_eq!(batch(json!([item])), "{}");
    let mut asking = item.clone();
    asking["info"] = "user_count".into();
    assert_eq!(
        batch(json!([item, asking])),
        r#"{"batch":[{},{"user_count":0}]}"#
    );
}

#[test]
fn trap_5_and_6_channels_nobody_is_on_are_answered_with_200() {
    let server = serve();
    let get = |path: &str| server.request("GET", path, "", "").body;
    server.publish("published-only", "e", "1");
    assert_eq!(get("/apps/3/channels/nobody"), r#"{"occupied":false}"#);
    assert_eq!(
        get("/apps/3/channels/presence-nobody/users"),
        r#"{"users":[]}"#
    );
    assert_eq!(get("/apps/3/channels"), r#"{"channels":{}}"#);
}

#[test]
fn trap_7_the_python_sdks_digest_of_no_body_is_accepted_and_the_order_of_parameters_is_free() {
    let server = serve();
    let empty = md5_hex("");
    let parameters = format!("body_md5={empty}&filter_by_prefix=a%26b&Info=");
    let reply = server.request("GET", "/apps/3/channels", &parameters, "");
    assert_eq!(reply.status, 200, "{reply:?}");
    // The same signature over the same parameters, sent in another order.
    let head = signed("GET", "/apps/3/channels", &parameters, "");
    let (line, rest) = head.split_once(" HTTP/1.1").unwrap();
    let (path, query) = line.split_once('?').unwrap();
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.reverse();
    let request = format!("{path}?{} HTTP/1.1{rest}\r\n", pairs.join("&"));
    let reply = exchange(&mut server.dial(), request.as_bytes());
    assert_eq!(reply.status, 200, "{reply:?}");
}

#[test]
fn trap_8_channel_data_and_user_data_are_verified_as_the_text_that_was_sent() {
    let server = serve();
    // Python puts a space behind the colon.
    let mut client = server.client();
    client.send(client.subscription(
        "presence-room",
        Some(r#"{"user_id": "1",  "user_info" : {}}"#),
    ));
    assert!(client.receive().contains("subscription_succeeded"));
    let user = "{ \"id\" : \"1\" }";
    let mut client = server.client();
    client.send(client.signin(user));
    let answer = parsed(&client.receive());
    let data = parsed(answer["data"].as_str().unwrap());
    assert_eq!(
        (&answer["event"], &data["user_data"]),
        (&json!("pusher:signin_success"), &json!(user))
    );
}

#[test]
fn trap_9_published_data_stays_text_and_a_client_events_data_stays_json() {
    let server = serve();
    let (mut one, mut two) = (server.client(), server.client());
    one.subscribe("private-room");
    two.subscribe("private-room");
    for text in [
        "plain",
        "{\"a\": 1}",
        "żółć 🎈",
        "\"quoted\"",
        "",
        "{broken",
        "\u{0}\u{1f}",
    ] {
        server.publish("private-room", "e", text);
        assert_eq!(parsed(&two.receive())["data"], json!(text));
        one.receive();
    }
    one.send(r#"{"event":"client-e","channel":"private-room","data":{"b": [1, 2.50], "a":"x"}}"#);
    let relayed = two.receive();
    assert!(
        relayed.contains(r#""data":{"b": [1, 2.50], "a":"x"}"#),
        "{relayed}"
    );
}

#[test]
fn trap_10_an_errors_data_is_an_object_without_a_channel_and_all_else_is_text() {
    let server = serve();
    let (mut client, _) = member(&server, r#""1""#);
    client.subscribe("cache-room");
    client.receive();
    client.send(r#"{"event":"pusher:subscribe","data":{"channel":"cache-room"}}"#);
    let refusal = parsed(&client.receive());
    assert_eq!(
        refusal,
        json!({ "event": "pusher:error", "data": { "code": null, "message": "Existing subscription to channel cache-room" } })
    );
    let (_other, _) = member(&server, r#""2""#);
    let added = parsed(&client.receive());
    assert!(added["data"].is_string(), "{added}");
}

#[test]
fn trap_11_the_error_and_the_close_frame_carry_the_same_code() {
    let server = serve();
    let mut client = server.client();
    client.send(r#"{"event":"pusher:signin","data":{"auth":"key:00","user_data":"{}"}}"#);
    let error = parsed(&client.receive());
    let (code, reason) = client.closed();
    assert_eq!(error["data"]["code"], code);
    assert_eq!(code, 4009);
    assert_eq!(error["data"]["message"], reason);
}

#[test]
fn trap_12_a_socket_id_excludes_in_every_channel_and_batch_and_unknown_ones_are_ignored() {
    let server = serve();
    let (mut own, mut other) = (server.client(), server.client());
    for client in [&mut own, &mut other] {
        client.subscribe("a");
        client.subscribe("b");
    }
    let id = own.socket_id.clone();
    let publish = |number: u32, socket_id: Value| {
        let body = json!({ "name": "e", "data": number.to_string(), "channels": ["a", "b"], "socket_id": socket_id });
        let reply = server.request("POST", "/apps/3/events", "", &body.to_string());
        assert_eq!(reply.status, 200, "{reply:?}");
    };
    publish(1, id.clone().into());
    let item = json!({ "name": "e", "data": "2", "channel": "a", "socket_id": id });
    let body = json!({ "batch": [item] }).to_string();
    assert_eq!(
        server
            .request("POST", "/apps/3/batch_events", "", &body)
            .status,
        200
    );
    publish(3, "9999.1".into());
    publish(4, Value::Null);
    publish(5, "".into());
    let numbers = |client: &mut Client| -> Vec<String> {
        let data = |frame: &String| parsed(frame)["data"].as_str().unwrap().to_owned();
        fence(client).iter().map(data).collect()
    };
    let mut heard = numbers(&mut other);
    heard.sort();
    assert_eq!(heard, ["1", "1", "2", "3", "3", "4", "4", "5", "5"]);
    let mut heard = numbers(&mut own);
    heard.sort();
    assert_eq!(heard, ["3", "3", "4", "4", "5", "5"]);
}

#[test]
fn trap_13_a_channel_that_is_named_twice_gets_the_event_once() {
    let server = serve();
    let mut client = server.client();
    client.subscribe("a");
    let body =
        json!({ "name": "e", "data": "1", "channels": ["a", "b", "a"], "info": "user_count" });
    let reply = server.request("POST", "/apps/3/events", "", &body.to_string());
    assert_eq!(reply.body, r#"{"channels":{"a":{},"b":{}}}"#);
    assert_eq!(fence(&mut client).len(), 1);
}

#[test]
fn trap_14_presence_counts_users_and_the_newcomer_sees_itself_but_does_not_hear_of_itself() {
    let server = serve();
    let (mut watcher, _) = member(&server, r#""watcher""#);
    let (mut first, roster) = member(&server, r#""twice""#);
    assert_eq!(roster["ids"], json!(["watcher", "twice"]));
    let (mut second, roster) = member(&server, r#""twice""#);
    assert_eq!(roster["count"], 2);
    assert!(fence(&mut second).is_empty());
    assert!(fence(&mut first).is_empty());
    first.socket.close(None).unwrap();
    server.until("one connection has left", |server| {
        server.app.lock().subscriber_count("presence-room") == 2
    });
    let heard = fence(&mut watcher);
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].contains("member_added"));
    second.socket.close(None).unwrap();
    assert!(watcher.receive().contains("member_removed"));
}

#[test]
fn trap_15_a_numeric_user_id_is_text_as_a_key_and_keeps_its_type_when_told() {
    let server = serve();
    let (mut watcher, _) = member(&server, r#""watcher""#);
    let (_client, roster) = member(&server, "7");
    assert_eq!(roster["ids"], json!(["watcher", "7"]));
    assert!(roster["hash"].get("7").is_some(), "{roster}");
    let added = parsed(&watcher.receive());
    assert_eq!(
        parsed(added["data"].as_str().unwrap()),
        json!({ "user_id": 7 })
    );
    let reply = server.request("GET", "/apps/3/channels/presence-room/users", "", "");
    assert_eq!(reply.body, r#"{"users":[{"id":"watcher"},{"id":"7"}]}"#);
}

#[test]
fn trap_16_a_client_event_names_its_user_on_presence_channels_only_and_nobody_else() {
    let server = serve();
    let (mut ann, _) = member(&server, r#""ann""#);
    let (mut bob, _) = member(&server, r#""bob""#);
    assert_eq!(fence(&mut ann).len(), 1);
    ann.subscribe("private-room");
    bob.subscribe("private-room");
    for (channel, user) in [
        ("presence-room", json!("ann")),
        ("private-room", Value::Null),
    ] {
        let sent = json!({ "event": "client-e", "channel": channel, "data": 1, "user_id": "bob", "extra": 1 });
        ann.send(sent.to_string());
        let heard = parsed(&bob.receive());
        assert_eq!(heard["user_id"], user, "{heard}");
        assert_eq!(heard.get("extra"), None, "{heard}");
    }
}

#[test]
fn trap_17_client_events_are_not_echoed_nor_cached_and_need_membership_and_a_limit() {
    let server = serve();
    let (mut one, mut two) = (server.client(), server.client());
    let event = r#"{"event":"client-e","channel":"private-cache-room","data":1}"#;
    one.send(event);
    assert!(
        one.receive()
            .contains("connection not subscribed to channel")
    );
    one.subscribe("private-cache-room");
    assert!(one.receive().contains("pusher:cache_miss"));
    for _ in 0..10 {
        one.send(event);
    }
    assert!(fence(&mut one).is_empty());
    // Eleven at once are too many, whenever a second begins.
    for _ in 0..11 {
        one.send(event);
    }
    let errors = fence(&mut one);
    assert!(!errors.is_empty());
    for error in errors {
        assert_eq!(parsed(&error)["data"]["code"], 4301);
    }
    two.subscribe("private-cache-room");
    assert!(two.receive().contains("pusher:cache_miss"));
    // The connection stays open.
    one.subscribe("still-there");
}

#[test]
fn trap_18_a_cache_is_told_by_its_prefix_outlives_its_subscribers_and_reports_seconds() {
    let server = serve();
    let mut client = server.client();
    client.subscribe("my-cache-room");
    assert!(fence(&mut client).is_empty());
    server.publish("cache-room", "e", "1");
    client.subscribe("cache-room");
    assert!(client.receive().contains(r#""event":"e""#));
    client.send(r#"{"event":"pusher:unsubscribe","data":{"channel":"cache-room"}}"#);
    client.subscribe("cache-room");
    assert!(client.receive().contains(r#""event":"e""#));
    let reply = server.request("GET", "/apps/3/channels/cache-room", "info=cache", "");
    let ttl = parsed(&reply.body)["cache"]["ttl"].as_u64().unwrap();
    assert!((1_700..=1_800).contains(&ttl), "{reply:?}");
}

#[test]
fn trap_19_events_for_a_user_reach_their_owner_once_and_nobody_else() {
    let server = serve();
    let (mut owner, mut other) = (server.client(), server.client());
    owner.send(owner.signin(r#"{"id":"ann"}"#));
    owner.receive();
    let tell = || {
        let body = r##"{"name":"e","data":"1","channels":["#server-to-user-ann"]}"##;
        assert_eq!(
            server.request("POST", "/apps/3/events", "", body).status,
            200
        );
    };
    owner.send(
        r##"{"event":"pusher:subscribe","data":{"auth":"","channel":"#server-to-user-ann"}}"##,
    );
    assert!(owner.receive().contains("subscription_succeeded"));
    tell();
    assert_eq!(fence(&mut owner).len(), 1);
    for channel in ["#server-to-user-ann", "#server-to-user-bob", "#other"] {
        other.send(
            json!({ "event": "pusher:subscribe", "data": { "channel": channel, "auth": "" } })
                .to_string(),
        );
        assert!(other.receive().contains("pusher:error"), "{channel}");
    }
    tell();
    assert!(fence(&mut other).is_empty());
}

#[test]
fn trap_20_terminating_a_user_spares_those_who_are_only_present() {
    let server = serve();
    let (mut present, _) = member(&server, r#""ann""#);
    let mut signed_in = server.client();
    signed_in.send(signed_in.signin(r#"{"id":"ann"}"#));
    signed_in.receive();
    let terminate = |user: &str| {
        let path = format!("/apps/3/users/{user}/terminate_connections");
        let reply = server.request("POST", &path, "", "{}");
        (reply.status, reply.body)
    };
    assert_eq!(terminate("nobody"), (200, "{}".to_owned()));
    assert_eq!(terminate("ann"), (200, "{}".to_owned()));
    assert_eq!(signed_in.closed().0, 4009);
    assert!(fence(&mut present).is_empty());
}

#[test]
fn trap_21_the_close_frame_is_the_departure_whatever_becomes_of_the_connection() {
    let server = serve();
    let mut client = server.client();
    client.subscribe("room");
    client.socket.send(Message::Close(None)).unwrap();
    // The connection itself stays open here.
    server.until("the channel is vacated", |server| {
        server.app.lock().subscriber_count("room") == 0
    });
    let reply = server.request("GET", "/apps/3/channels/room", "", "");
    assert_eq!(reply.body, r#"{"occupied":false}"#);
}

#[test]
fn trap_22_whoever_is_told_to_come_back_finds_the_port_closed() {
    let server = serve();
    let address = server.address();
    let mut keep_alive = server.dial();
    exchange(
        &mut keep_alive,
        b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    );
    let mut client = server.client();
    let reader = thread::spawn(move || {
        let (code, _) = client.closed();
        (code, std::net::TcpStream::connect(address).is_err())
    });
    server.gateway.close(4200);
    assert_eq!(reader.join().unwrap(), (4200, true));
    assert_eq!(until_closed(&mut keep_alive), b"");
}

#[test]
fn trap_23_connection_close_is_honoured_and_every_answer_has_its_length() {
    let server = serve();
    for (request, status) in [
        ("GET /health HTTP/1.1\r\nHost: localhost\r\n", 200),
        ("GET /nothing HTTP/1.1\r\nHost: localhost\r\n", 404),
        (
            "POST /apps/3/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n",
            401,
        ),
    ] {
        let body = if request.contains("Length") { "{}" } else { "" };
        let mut stream = server.dial();
        let whole = format!("{request}Connection: close\r\n\r\n{body}");
        let reply = exchange(&mut stream, whole.as_bytes());
        assert_eq!(reply.status, status, "{reply:?}");
        assert!(reply.head.contains("content-length: "), "{reply:?}");
        assert_eq!(until_closed(&mut stream), b"", "{request}");
    }
    let mut old = server.dial();
    old.write_all(b"GET /health HTTP/1.0\r\n\r\n").unwrap();
    let answer = until_closed(&mut old);
    assert!(answer.starts_with(b"HTTP/1.0 200 "), "{answer:?}");
}

#[test]
fn trap_26_event_names_that_begin_with_pusher_are_refused() {
    let server = serve();
    for name in [
        "pusher:e",
        "pusher-notification",
        "pusher",
        "pusher_internal:e",
    ] {
        let body = json!({ "name": name, "data": "1", "channels": ["a"] }).to_string();
        let reply = server.request("POST", "/apps/3/events", "", &body);
        assert_eq!(
            (reply.status, reply.body.as_str()),
            (
                400,
                "The 'pusher' namespace is reserved for internal usage\n"
            )
        );
    }
}

#[test]
fn trap_27_the_limit_is_on_the_bytes_of_the_data_with_413() {
    let server = serve();
    for (data, status) in [
        ("x".repeat(10_240), 200),
        ("ü".repeat(5_120), 200),
        // Short as text, long as JSON: what counts is the data.
        ("\"".repeat(10_240), 200),
        ("x".repeat(10_241), 413),
        ("ü".repeat(5_121), 413),
    ] {
        let event = json!({ "name": "e", "data": data, "channels": ["a"] });
        let item = json!({ "name": "e", "data": data, "channel": "a" });
        for (path, body) in [
            ("/apps/3/events", event),
            ("/apps/3/batch_events", json!({ "batch": [item] })),
        ] {
            let reply = server.request("POST", path, "", &body.to_string());
            assert_eq!(reply.status, status, "{path}: {}", reply.body);
        }
    }
}

#[test]
fn trap_28_subscribing_twice_or_leaving_what_was_not_joined_is_an_error_and_changes_nothing() {
    let server = serve();
    let (mut client, _) = member(&server, r#""1""#);
    client.send(client.subscription("presence-room", Some(r#"{"user_id":"2"}"#)));
    assert!(
        client
            .receive()
            .contains("Existing subscription to channel presence-room")
    );
    client.send(r#"{"event":"pusher:unsubscribe","data":{"channel":"elsewhere"}}"#);
    assert!(
        client
            .receive()
            .contains("No current subscription to channel elsewhere, or subscription in progress")
    );
    let reply = server.request("GET", "/apps/3/channels/presence-room/users", "", "");
    assert_eq!(reply.body, r#"{"users":[{"id":"1"}]}"#);
}

#[test]
fn trap_29_pings_of_every_kind_are_answered_even_before_the_greeting_was_read() {
    let server = serve();
    // pysher sends its first ping before it has read anything.
    let mut client = server.client_at("/app/key?protocol=6");
    client.send(r#"{"event":"pusher:ping","data":""}"#);
    assert!(client.receive().contains("connection_established"));
    assert_eq!(client.receive(), r#"{"event":"pusher:pong","data":"{}"}"#);
    client.send(r#"{"event":"pusher:ping"}"#);
    assert_eq!(client.receive(), r#"{"event":"pusher:pong","data":"{}"}"#);
    client
        .socket
        .send(Message::Ping(b"are you there"[..].into()))
        .unwrap();
    let answer = client.socket.read().unwrap();
    assert_eq!(answer, Message::Pong(b"are you there"[..].into()));
}

#[test]
fn trap_30_encrypted_channels_are_relayed_as_they_are_and_channel_data_is_part_of_their_signature()
{
    let server = serve();
    let mut client = server.client();
    client.send(client.subscription("private-encrypted-room", Some(r#"{"user_id":"1"}"#)));
    assert!(client.receive().contains("subscription_succeeded"));
    let sealed = r#"{"nonce":"bm9uY2U=","ciphertext":"Y2lwaGVy"}"#;
    server.publish("private-encrypted-room", "e", sealed);
    assert_eq!(parsed(&client.receive())["data"], sealed);
    // Without the data in the signature it is none.
    let mut other = server.client();
    let signature = hmac_sha256_hex(
        SECRET,
        &format!("{}:private-encrypted-room", other.socket_id),
    );
    let data = json!({ "channel": "private-encrypted-room", "auth": format!("{KEY}:{signature}"), "channel_data": "{}" });
    other.send(json!({ "event": "pusher:subscribe", "data": data }).to_string());
    assert!(other.receive().contains("Invalid signature"));
}

#[test]
fn an_app_that_demands_tls_or_is_out_of_service_turns_clients_away_with_its_code() {
    for (code, options) in [
        (
            4000,
            AppOptions {
                force_tls: true,
                ..app_options()
            },
        ),
        (
            4003,
            AppOptions {
                enabled: false,
                ..app_options()
            },
        ),
    ] {
        let apps = vec![app_with(options)];
        let server = serve_with(ListenOptions {
            apps,
            ..ListenOptions::default()
        });
        let mut client = server.client_at("/app/key?protocol=7");
        assert_eq!(parsed(&client.receive())["data"]["code"], code);
        assert_eq!(client.closed().0, code);
        assert_eq!(server.gateway.connection_count(), 0);
    }
}

#[test]
fn who_is_not_authorized_in_time_is_closed_with_4009() {
    let limits = Limits {
        // Long enough for the member to subscribe, on a busy machine too.
        authorization_timeout_ms: 1_000,
        ..Limits::default()
    };
    let options = AppOptions {
        authorized_connections: true,
        limits,
        ..app_options()
    };
    let apps = vec![app_with(options)];
    let server = serve_with(ListenOptions {
        apps,
        ..ListenOptions::default()
    });
    let mut member = server.client();
    member.subscribe("private-room");
    let mut stranger = server.client();
    stranger.subscribe("room");
    assert_eq!(stranger.closed().0, 4009);
    assert!(fence(&mut member).is_empty());
}

#[test]
fn clients_over_the_gateways_own_limit_are_turned_away_with_4100() {
    let server = serve_with(ListenOptions {
        max_connections: Some(1),
        ..ListenOptions::default()
    });
    let first = server.client();
    let mut second = server.client_at("/app/key?protocol=7");
    assert_eq!(second.closed().0, 4100);
    first.socket.get_ref().shutdown(Shutdown::Both).unwrap();
    server.until("there is room", |server| {
        server.gateway.connection_count() == 0
    });
    server.client();
}
