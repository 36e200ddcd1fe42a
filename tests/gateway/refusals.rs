//! Who may not do what, and what they are told: bad credentials, old requests, borrowed signatures.

use pushrig::broker::AppOptions;
use pushrig::gateway::ListenOptions;
use pushrig::protocol::signature::{hmac_sha256_hex, md5_hex};
use serde_json::{Value, json};

use super::support::*;

const EVENT: &str = r#"{"name":"e","data":"1","channels":["room"]}"#;
const OTHER_KEY: &str = "other";
const OTHER_SECRET: &str = "other-secret";

/// Two apps: `3` with `key` and `4` with `other`.
fn serve_two() -> Server {
    let other = AppOptions {
        id: "4".to_owned(),
        key: OTHER_KEY.to_owned(),
        secret: OTHER_SECRET.to_owned(),
        ..app_options()
    };
    serve_with(ListenOptions {
        apps: vec![app(), app_with(other)],
        ..ListenOptions::default()
    })
}

/// `POST /apps/3/events` with these parameters, signed with `secret` over exactly them.
fn post(server: &Server, secret: &str, parameters: &[(&str, String)], body: &str) -> Reply {
    let mut parameters: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    parameters.sort();
    let query = parameters.join("&");
    let signature = hmac_sha256_hex(secret, &format!("POST\n/apps/3/events\n{query}"));
    let request = format!(
        "POST /apps/3/events?{query}&auth_signature={signature} HTTP/1.1\r\nHost: localhost\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    exchange(&mut server.dial(), request.as_bytes())
}

/// The parameters of a request that is accepted.
fn parameters() -> Vec<(&'static str, String)> {
    vec![
        ("auth_key", KEY.to_owned()),
        ("auth_timestamp", (now() / 1000).to_string()),
        ("auth_version", "1.0".to_owned()),
        ("body_md5", md5_hex(EVENT)),
    ]
}

/// Those parameters with one of them changed, or left out.
fn with(name: &str, value: Option<&str>) -> Vec<(&'static str, String)> {
    let mut changed = parameters();
    match value {
        Some(value) => {
            changed
                .iter_mut()
                .filter(|(known, _)| *known == name)
                .for_each(|(_, kept)| *kept = value.to_owned());
        }
        None => changed.retain(|(known, _)| *known != name),
    }
    changed
}

/// The message of the `pusher:error` that comes next.
fn refusal(client: &mut Client) -> String {
    let frame: Value = serde_json::from_str(&client.receive()).unwrap();
    assert_eq!(frame["event"], "pusher:error", "{frame}");
    frame["data"]["message"].as_str().unwrap().to_owned()
}

fn subscribe(client: &mut Client, channel: &str, auth: &str) {
    let data = json!({ "channel": channel, "auth": auth });
    client.send(json!({ "event": "pusher:subscribe", "data": data }).to_string());
}

#[test]
fn credentials_that_are_missing_wrong_or_another_apps_are_refused_with_the_real_codes() {
    let server = serve_two();
    assert_eq!(post(&server, SECRET, &parameters(), EVENT).status, 200);
    for (changed, secret, status, text) in [
        (
            with("auth_key", None),
            SECRET,
            401,
            "Missing parameter: auth_key\n",
        ),
        (
            with("auth_key", Some("unknown")),
            SECRET,
            400,
            "Unknown auth_key\n",
        ),
        // The key of another app, with its own secret: no key of this one.
        (
            with("auth_key", Some(OTHER_KEY)),
            OTHER_SECRET,
            400,
            "Unknown auth_key\n",
        ),
        (
            with("auth_version", None),
            SECRET,
            401,
            "Version required\n",
        ),
        (
            with("auth_version", Some("2.0")),
            SECRET,
            401,
            "Version not supported\n",
        ),
        (
            with("auth_timestamp", None),
            SECRET,
            401,
            "Timestamp required\n",
        ),
        (with("body_md5", None), SECRET, 401, "Invalid body_md5: "),
        (
            with("body_md5", Some("d41d8cd98f00b204e9800998ecf8427e")),
            SECRET,
            401,
            "Invalid body_md5: ",
        ),
        (
            parameters(),
            OTHER_SECRET,
            401,
            "Invalid signature: you should have sent HmacSHA256Hex(",
        ),
        (parameters(), "", 401, "Invalid signature: "),
    ] {
        let reply = post(&server, secret, &changed, EVENT);
        assert_eq!(reply.status, status, "{text}: {reply:?}");
        assert!(reply.body.starts_with(text), "{reply:?}");
        assert!(reply.body.ends_with('\n'), "{reply:?}");
    }
    assert!(server.app.lock().messages("room").len() == 1);
}

#[test]
fn a_refusal_tells_what_to_sign_and_nobodys_secret() {
    let options = AppOptions {
        secret: "hush-hush".to_owned(),
        ..app_options()
    };
    let server = serve_with(ListenOptions {
        apps: vec![app_with(options)],
        ..ListenOptions::default()
    });
    let parameters = parameters();
    let reply = post(&server, "wrong", &parameters, EVENT);
    let signed: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let text = format!(r"POST\n/apps/3/events\n{}", signed.join("&"));
    assert!(
        reply
            .body
            .contains(&format!(r#"HmacSHA256Hex("{text}", your_secret_key)"#)),
        "{reply:?}"
    );
    let right = hmac_sha256_hex("hush-hush", &text.replace(r"\n", "\n"));
    for hidden in ["hush-hush", &right] {
        assert!(!reply.body.contains(hidden), "{reply:?}");
    }
    let mut client = server.client();
    subscribe(&mut client, "private-room", "key:0000");
    let signed = format!("{}:private-room", client.socket_id);
    assert_eq!(
        refusal(&mut client),
        format!("Invalid signature: Expected HMAC SHA256 hex digest of {signed}, but got 0000")
    );
}

#[test]
fn a_request_is_good_for_ten_minutes_in_both_directions() {
    let server = serve();
    let now = (now() / 1000) as i64;
    // A second's margin for the clock to go on in.
    for (offset, status) in [(-598, 200), (598, 200), (-601, 401), (602, 401)] {
        let changed = with("auth_timestamp", Some(&(now + offset).to_string()));
        let reply = post(&server, SECRET, &changed, EVENT);
        assert_eq!(reply.status, status, "{offset}: {reply:?}");
        if status == 401 {
            assert!(
                reply
                    .body
                    .starts_with("Timestamp expired: Given timestamp ("),
                "{reply:?}"
            );
        }
    }
    for nonsense in ["", "soon", "-1", "99999999999999999999999"] {
        let changed = with("auth_timestamp", Some(nonsense));
        let reply = post(&server, SECRET, &changed, EVENT);
        assert_eq!(reply.status, 401, "{nonsense}: {reply:?}");
    }
}

#[test]
fn a_body_other_than_the_signed_one_is_refused() {
    let server = serve();
    let reply = post(
        &server,
        SECRET,
        &parameters(),
        &EVENT.replace("room", "cash"),
    );
    assert_eq!(reply.status, 401);
    assert!(reply.body.starts_with("Invalid body_md5: "), "{reply:?}");
    assert!(server.app.lock().messages("cash").is_empty());
}

#[test]
fn an_authorization_belongs_to_its_connection() {
    let server = serve();
    let (mut owner, mut thief) = (server.client(), server.client());
    let frame = owner.subscription("private-room", None);
    owner.send(frame.clone());
    assert!(owner.receive().contains("subscription_succeeded"));
    thief.send(frame.clone());
    assert!(refusal(&mut thief).starts_with(&format!(
        "Invalid signature: Expected HMAC SHA256 hex digest of {}:private-room, but got ",
        thief.socket_id
    )));
    // Nor does it outlive it.
    drop(owner);
    let mut later = server.client();
    later.send(frame);
    assert!(refusal(&mut later).starts_with("Invalid signature"));
}

#[test]
fn an_authorization_belongs_to_its_channel_and_its_data() {
    let server = serve();
    let mut client = server.client();
    let id = client.socket_id.clone();
    let auth = |signed: &str| format!("{KEY}:{}", hmac_sha256_hex(SECRET, signed));
    subscribe(
        &mut client,
        "private-gold",
        &auth(&format!("{id}:private-room")),
    );
    assert!(refusal(&mut client).starts_with("Invalid signature"));
    let data = json!({
        "channel": "presence-room",
        "auth": auth(&format!(r#"{id}:presence-room:{{"user_id":"ann"}}"#)),
        "channel_data": r#"{"user_id":"boss"}"#,
    });
    client.send(json!({ "event": "pusher:subscribe", "data": data }).to_string());
    assert!(refusal(&mut client).starts_with("Invalid signature"));
    // Presence without any data, signed as if it were private.
    subscribe(
        &mut client,
        "presence-room",
        &auth(&format!("{id}:presence-room")),
    );
    assert!(refusal(&mut client).contains("it is missing and the connection is not signed in"));
    assert_eq!(server.app.lock().subscriber_count("presence-room"), 0);
}

#[test]
fn signatures_of_another_app_open_nothing() {
    let server = serve_two();
    let mut client = server.client();
    let signed = format!("{}:private-room", client.socket_id);
    let theirs = hmac_sha256_hex(OTHER_SECRET, &signed);
    for (auth, text) in [
        (
            format!("{OTHER_KEY}:{theirs}"),
            "Invalid key in subscription auth data: 'other'",
        ),
        (format!("{KEY}:{theirs}"), "Invalid signature"),
        (theirs.clone(), "should be of format 'key:signature'"),
        (format!("{KEY}:"), "should be of format 'key:signature'"),
        (String::new(), "should be of format 'key:signature'"),
        (format!("{KEY}:{}", "z".repeat(64)), "Invalid signature"),
        (format!("{KEY}:{}", "é".repeat(32)), "Invalid signature"),
    ] {
        subscribe(&mut client, "private-room", &auth);
        let refused = refusal(&mut client);
        assert!(refused.contains(text), "{auth}: {refused}");
    }
    client.subscribe("private-room");
}

#[test]
fn signing_in_takes_the_apps_signature_and_one_user_per_connection() {
    let server = serve_two();
    let user = r#"{"id":"ann"}"#;
    for (key, secret) in [
        (KEY, OTHER_SECRET),
        (OTHER_KEY, OTHER_SECRET),
        ("nobody", SECRET),
    ] {
        let mut client = server.client();
        let signature = hmac_sha256_hex(secret, &format!("{}::user::{user}", client.socket_id));
        let data = json!({ "auth": format!("{key}:{signature}"), "user_data": user });
        client.send(json!({ "event": "pusher:signin", "data": data }).to_string());
        refusal(&mut client);
        assert_eq!(client.closed().0, 4009, "{key}");
    }
    let mut client = server.client();
    client.send(client.signin(user));
    assert!(client.receive().contains("signin_success"));
    client.send(client.signin(r#"{"id":"bob"}"#));
    refusal(&mut client);
    assert_eq!(client.closed().0, 4009);
}

#[test]
fn a_users_channel_is_open_to_that_user_only_whatever_is_signed() {
    let server = serve();
    let mut client = server.client();
    client.send(client.signin(r#"{"id":"ann"}"#));
    assert!(client.receive().contains("signin_success"));
    for channel in [
        "#server-to-user-bob",
        "#server-to-user-",
        "#server-to-user-ann2",
    ] {
        // Even with a signature that would open any other channel.
        client.send(client.subscription(channel, None));
        refusal(&mut client);
        assert_eq!(server.app.lock().subscriber_count(channel), 0);
    }
    client.subscribe("#server-to-user-ann");
    let mut stranger = server.client();
    stranger.send(stranger.subscription("#server-to-user-ann", None));
    refusal(&mut stranger);
    let event = json!({ "event": "client-e", "channel": "#server-to-user-ann", "data": 1 });
    for sender in [&mut client, &mut stranger] {
        sender.send(event.to_string());
        refusal(sender);
    }
}

#[test]
fn nobody_speaks_for_another_user() {
    let server = serve();
    let (mut ann, mut bob) = (server.client(), server.client());
    for (client, user) in [(&mut ann, "ann"), (&mut bob, "bob")] {
        let data = json!({ "user_id": user }).to_string();
        client.send(client.subscription("presence-room", Some(&data)));
        assert!(client.receive().contains("subscription_succeeded"));
    }
    assert!(ann.receive().contains("member_added"));
    bob.send(r#"{"event":"client-e","channel":"presence-room","data":1,"user_id":"ann"}"#);
    let heard: Value = serde_json::from_str(&ann.receive()).unwrap();
    assert_eq!(heard["user_id"], "bob");
    // Events of the service itself are not a client's to send.
    for event in [
        "pusher_internal:member_added",
        "pusher:error",
        "e",
        "client",
    ] {
        bob.send(json!({ "event": event, "channel": "presence-room", "data": {} }).to_string());
        assert!(refusal(&mut bob).contains("Unsupported event received on socket"));
    }
}

#[test]
fn who_watches_sees_why_a_client_was_not_let_in() {
    let server = serve();
    let mut client = server.client_at("/app/nobodys?protocol=7");
    assert_eq!(client.closed().0, 4001);
    let refused =
        json!({ "kind": "refused", "code": 4001, "text": "App key nobodys not in this cluster" });
    assert_eq!(server.count(&refused), 1);
    let request = "POST /app/nobodys/1/session/xhr?protocol=7 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
    exchange(&mut server.dial(), request.as_bytes());
    assert_eq!(server.count(&refused), 2);
}

#[test]
fn who_watches_sees_where_a_client_looked_for_an_app() {
    let server = serve_with(ListenOptions {
        ws_path: "/ws".to_owned(),
        ..ListenOptions::default()
    });
    let mut client = server.client_at("/app/key?protocol=7");
    assert_eq!(client.closed(), (4005, "Path not found".to_owned()));
    assert!(
        server.noted(json!({ "kind": "refused", "path": "/app/key", "expected": "/ws/app/KEY" }))
    );
}

#[test]
fn who_watches_sees_which_key_signed_a_request_and_which_would_have_done() {
    let server = serve_two();
    post(
        &server,
        OTHER_SECRET,
        &with("auth_key", Some(OTHER_KEY)),
        EVENT,
    );
    let refused = json!({
        "kind": "request", "code": 400, "text": "Unknown auth_key", "given": "other", "expected": "key", "app": "3",
    });
    assert!(server.noted(refused));
    post(&server, SECRET, &parameters(), EVENT);
    let accepted = json!({
        "kind": "request", "code": 200, "text": null, "given": null, "expected": null, "app": "3",
    });
    assert!(server.noted(accepted));
}

#[test]
fn who_watches_sees_in_which_app_something_happens() {
    let server = serve_two();
    let mut client = server.client_at(&format!("/app/{OTHER_KEY}?protocol=7"));
    client.greeting();
    client.send(r#"{"event":"pusher:subscribe","data":{"channel":"news"}}"#);
    client.receive();
    client.send(r#"{"event":"nonsense"}"#);
    refusal(&mut client);
    client.send(r#"{"event":"pusher:unsubscribe","data":{"channel":"news"}}"#);
    drop(client);
    server.until("the client has left", |server| {
        server.noted(json!({ "kind": "closed" }))
    });
    for entry in server.entries() {
        assert_eq!(entry["app"], "4", "{entry}");
    }
    for kind in ["connected", "subscribed", "refused", "left"] {
        assert!(server.noted(json!({ "kind": kind })), "{kind}");
    }
}
