//! Frames of the Pusher protocol, byte for byte.

use pushrig::broker::{self, AppOptions, Publication, Reading};
use pushrig::gateway::ListenOptions;
use pushrig::protocol::Limits;
use pushrig::protocol::signature::hmac_sha256_hex;
use tungstenite::Message;

use serde_json::json;

use super::support::*;

#[test]
fn a_public_channel_from_subscription_to_event() {
    let server = serve();
    let mut client = server.client();
    client.send(r#"{"event":"pusher:subscribe","data":{"auth":"","channel":"news"}}"#);
    assert_eq!(
        client.receive(),
        r#"{"event":"pusher_internal:subscription_succeeded","channel":"news","data":"{}"}"#
    );
    server.publish("news", "headline", r#"{"a": "ü"}"#);
    assert_eq!(
        client.receive(),
        r#"{"event":"headline","channel":"news","data":"{\"a\": \"ü\"}"}"#
    );
    client.send(r#"{"event":"pusher:unsubscribe","data":{"channel":"news"}}"#);
    server.until("the broker knows", |server| {
        server.app.lock().subscriber_count("news") == 0
    });
    server.publish("news", "headline", "2");
    client.send(r#"{"event":"pusher:ping","data":{}}"#);
    assert_eq!(client.receive(), r#"{"event":"pusher:pong","data":"{}"}"#);
}

#[test]
fn presence_members_see_each_other_come_and_go() {
    let server = serve();
    let (mut ann, mut bob) = (server.client(), server.client());
    ann.send(ann.subscription("presence-room", Some(r#"{"user_id":"ann"}"#)));
    assert_eq!(
        ann.receive(),
        r#"{"event":"pusher_internal:subscription_succeeded","channel":"presence-room","data":"{\"presence\":{\"count\":1,\"ids\":[\"ann\"],\"hash\":{\"ann\":null}}}"}"#
    );
    bob.send(bob.subscription(
        "presence-room",
        Some(r#"{"user_id":"bob","user_info":{"x":1}}"#),
    ));
    assert!(bob.receive().contains(r#"\"count\":2"#));
    assert_eq!(
        ann.receive(),
        r#"{"event":"pusher_internal:member_added","channel":"presence-room","data":"{\"user_id\":\"bob\",\"user_info\":{\"x\":1}}"}"#
    );
    bob.send(r#"{"event":"client-hi","channel":"presence-room","data":{"b":2,"a":1}}"#);
    assert_eq!(
        ann.receive(),
        r#"{"event":"client-hi","channel":"presence-room","data":{"b":2,"a":1},"user_id":"bob"}"#
    );
    // The Close frame is the departure, not the end of the TCP connection.
    bob.socket.close(None).unwrap();
    assert_eq!(
        ann.receive(),
        r#"{"event":"pusher_internal:member_removed","channel":"presence-room","data":"{\"user_id\":\"bob\"}"}"#
    );
}

#[test]
fn a_refused_subscription_leaves_the_connection_open() {
    let server = serve();
    let mut client = server.client();
    client.send(r#"{"event":"pusher:subscribe","data":{"auth":"key:0000","channel":"private-x"}}"#);
    let refusal = client.receive();
    assert!(
        refusal.starts_with(r#"{"event":"pusher:error","data":{"code":null,"message":"Invalid signature: Expected HMAC SHA256 hex digest of "#),
        "{refusal}"
    );
    client.subscribe("private-x");
    assert!(server.noted(json!({ "kind": "refused", "channel": "private-x" })));
}

#[test]
fn a_cache_channel_answers_with_its_last_event_after_the_acknowledgement() {
    let server = serve();
    let mut first = server.client();
    first.subscribe("cache-prices");
    assert_eq!(
        first.receive(),
        r#"{"event":"pusher:cache_miss","channel":"cache-prices"}"#
    );
    server.publish("cache-prices", "tick", "7");
    let mut second = server.client();
    second.subscribe("cache-prices");
    assert_eq!(
        second.receive(),
        r#"{"event":"tick","channel":"cache-prices","data":"7"}"#
    );
}

#[test]
fn a_signed_in_user_gets_their_events_and_is_terminated() {
    let server = serve();
    let mut client = server.client();
    let user = r#"{"id":"u1"}"#;
    let signature = hmac_sha256_hex(SECRET, &format!("{}::user::{user}", client.socket_id));
    let auth = format!("{KEY}:{signature}");
    let data = serde_json::json!({ "auth": auth, "user_data": user });
    client.send(serde_json::json!({ "event": "pusher:signin", "data": data }).to_string());
    assert_eq!(
        client.receive(),
        r#"{"event":"pusher:signin_success","data":"{\"user_data\":\"{\\\"id\\\":\\\"u1\\\"}\"}"}"#
    );
    client.subscribe("#server-to-user-u1");
    let publication = Publication {
        channels: vec!["#server-to-user-u1".to_owned()],
        name: "hello".to_owned(),
        data: "1".to_owned(),
        ..Publication::default()
    };
    broker::publish(&server.app, publication, &Reading::from(now())).unwrap();
    assert_eq!(
        client.receive(),
        r##"{"event":"hello","channel":"#server-to-user-u1","data":"1"}"##
    );
    let reply = server.request("POST", "/apps/3/users/u1/terminate_connections", "", "{}");
    assert_eq!((reply.status, reply.body.as_str()), (200, "{}"));
    assert!(
        client
            .receive()
            .starts_with(r#"{"event":"pusher:error","data":{"code":4009,"#)
    );
    assert_eq!(client.closed().0, 4009);
}

#[test]
fn a_bad_handshake_gets_the_error_and_the_close_code() {
    let server = serve();
    for (target, code) in [
        ("/app/other?protocol=7", 4001),
        ("/elsewhere?protocol=7", 4005),
        ("/prefix/app/key?protocol=7", 4005),
        ("/app/key?protocol=x", 4006),
        ("/app/key?protocol=9", 4007),
        ("/app/key", 4008),
    ] {
        let mut client = server.client_at(target);
        let error = client.receive();
        let start = format!(r#"{{"event":"pusher:error","data":{{"code":{code},"message":""#);
        assert!(error.starts_with(&start), "{target}: {error}");
        assert_eq!(client.closed().0, code, "{target}");
    }
}

#[test]
fn protocols_5_and_6_are_spoken_too() {
    let server = serve();
    for protocol in [5, 6] {
        server
            .client_at(&format!("/app/key?protocol={protocol}"))
            .greeting();
    }
}

#[test]
fn a_prefix_belongs_to_the_address() {
    let options = ListenOptions {
        ws_path: "/ws/".to_owned(),
        ..ListenOptions::default()
    };
    let server = serve_with(options);
    server.client_at("/ws/app/key?protocol=7").greeting();
    let mut without = server.client_at("/app/key?protocol=7");
    assert_eq!(without.closed().0, 4005);
}

#[test]
fn a_prefix_belongs_to_every_address() {
    let default = AppOptions {
        accepts_any_key: true,
        ..app_options()
    };
    let server = serve_with(ListenOptions {
        ws_path: "/ws".to_owned(),
        apps: vec![app_with(default)],
        ..ListenOptions::default()
    });
    let mut client = server.client_at("/ws/app/key?protocol=7");
    client.greeting();
    let ask = |method: &str, path: &str, body: &str| {
        let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
        let length = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        exchange(&mut server.dial(), format!("{head}{length}").as_bytes())
    };
    for path in ["/ws/health", "/ws", "/ws/", "/health", "/"] {
        assert_eq!(ask("GET", path, "").status, 200, "{path}");
    }
    assert!(
        ask("GET", "/ws", "")
            .body
            .contains("<title>pushrig</title>")
    );
    assert_eq!(ask("GET", "/wsx/health", "").status, 404);
    let session = ask("POST", "/ws/pusher/app/key/1/abcdefgh/xhr_send", "[]");
    assert!(session.body.contains("this session is over"), "{session:?}");
    let form = format!("socket_id={}&channel_name=private-a", client.socket_id);
    assert_eq!(ask("POST", "/ws/pusher/auth", &form).status, 200);
    // Some SDKs sign the whole path, others what comes behind the prefix that they were given (PHP).
    let whole = server.request("GET", "/ws/apps/3/channels", "", "");
    assert_eq!(whole.status, 200, "{}", whole.body);
    let below = signed("GET", "/apps/3/channels", "", "").replace("GET /", "GET /ws/");
    let reply = exchange(&mut server.dial(), format!("{below}\r\n").as_bytes());
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(
        server.request("GET", "/apps/3/channels", "", "").status,
        200
    );
    let forged = signed("GET", "/ws/apps/3/channels", "", "");
    let forged = forged.replace("auth_signature=", "auth_signature=0");
    let reply = exchange(&mut server.dial(), format!("{forged}\r\n").as_bytes());
    assert_eq!(reply.status, 401, "{}", reply.body);
    assert!(reply.body.contains(r"GET\n/ws/apps/3"), "{}", reply.body);
}

#[test]
fn a_connection_too_many_is_over_quota() {
    let limits = Limits {
        connections: Some(1),
        ..Limits::default()
    };
    let apps = vec![app_with(AppOptions {
        limits,
        ..app_options()
    })];
    let server = serve_with(ListenOptions {
        apps,
        ..ListenOptions::default()
    });
    let first = server.client();
    let mut second = server.client_at("/app/key?protocol=7");
    assert!(second.receive().contains("Account over quota"));
    assert_eq!(second.closed().0, 4004);
    drop(first);
    server.until("the first is gone", |server| {
        server.gateway.connection_count() == 0
    });
    server.client();
}

#[test]
fn each_app_is_a_world_of_its_own() {
    let other = AppOptions {
        id: "4".into(),
        key: "other".into(),
        ..app_options()
    };
    let apps = vec![app(), app_with(other)];
    let server = serve_with(ListenOptions {
        apps,
        ..ListenOptions::default()
    });
    let mut mine = server.client();
    let mut theirs = server.client_at("/app/other?protocol=7");
    theirs.greeting();
    mine.subscribe("news");
    theirs.subscribe("news");
    server.publish("news", "mine", "1");
    assert!(mine.receive().contains("mine"));
    theirs.send(r#"{"event":"pusher:ping","data":""}"#);
    assert!(theirs.receive().contains("pusher:pong"));
}

#[test]
fn the_default_app_alone_lets_any_key_in_and_says_so() {
    let apps = vec![app_with(AppOptions {
        accepts_any_key: true,
        ..app_options()
    })];
    let server = serve_with(ListenOptions {
        apps,
        ..ListenOptions::default()
    });
    server.client_at("/app/whatever?protocol=7").greeting();
    assert!(
        server.noted(json!({ "notice": "unknownKey", "given": "whatever", "expected": "key" }))
    );
}

#[test]
fn too_many_messages_end_the_connection() {
    let options = ListenOptions {
        messages_per_second: Some(5),
        ..ListenOptions::default()
    };
    let server = serve_with(options);
    // Pings of the WebSocket protocol are answered as well.
    for message in [
        Message::text(r#"{"event":"pusher:ping"}"#),
        Message::Ping("still there?".into()),
    ] {
        let mut client = server.client();
        for _ in 0..20 {
            if client.socket.send(message.clone()).is_err() {
                break;
            }
        }
        assert_eq!(client.closed().0, 4100, "{message}");
    }
}

#[test]
fn a_reset_leaves_sockets_connected_without_subscriptions() {
    let server = serve();
    let mut client = server.client();
    client.subscribe("news");
    server.app.lock().reset();
    server.publish("news", "unheard", "1");
    client.subscribe("news");
    server.publish("news", "heard", "1");
    assert!(client.receive().contains(r#""event":"heard""#));
}
