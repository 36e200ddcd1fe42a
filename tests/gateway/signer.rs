//! Signing by the gateway itself, for applications without a server.

use pushrig::broker::AppOptions;
use pushrig::gateway::ListenOptions;
use serde_json::{Value, json};

use super::support::*;

fn serve_default() -> Server {
    let options = AppOptions {
        accepts_any_key: true,
        encryption_master_key: Some([7; 32]),
        ..app_options()
    };
    serve_with(ListenOptions {
        apps: vec![app_with(options)],
        ..ListenOptions::default()
    })
}

fn ask(server: &Server, path: &str, form: &str) -> Reply {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:3000\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    exchange(&mut server.dial(), request.as_bytes())
}

#[test]
fn a_client_of_the_default_app_gets_into_every_channel() {
    let server = serve_default();
    let mut client = server.client();
    for (channel, more, part) in [
        ("private-a", "", r#""auth":"key:"#),
        ("private-encrypted-a", "", r#""shared_secret":""#),
        (
            "presence-a",
            "&user_id=ann&user_info=%7B%22x%22%3A1%7D",
            r#"{\"user_id\":\"ann\",\"user_info\":{\"x\":1}}"#,
        ),
        ("presence-b", "", r#"{\"user_id\":\""#),
    ] {
        let form = format!(
            "socket_id={}&channel_name={channel}{more}",
            client.socket_id
        );
        let reply = ask(&server, "/pusher/auth", &form);
        assert!(
            reply.status == 200 && reply.body.contains(part),
            "{channel}: {reply:?}"
        );
        assert!(
            reply
                .head
                .contains("access-control-allow-origin: http://localhost:3000\r\n")
        );
        let mut data: Value = serde_json::from_str(&reply.body).unwrap();
        data["channel"] = channel.into();
        let subscribe = serde_json::json!({ "event": "pusher:subscribe", "data": data });
        client.send(subscribe.to_string());
        assert!(
            client.receive().contains("subscription_succeeded"),
            "{channel}"
        );
    }
    let form = format!("socket_id={}&user_id=ann", client.socket_id);
    let reply = ask(&server, "/pusher/user-auth", &form);
    let data: Value = serde_json::from_str(&reply.body).unwrap();
    client.send(serde_json::json!({ "event": "pusher:signin", "data": data }).to_string());
    assert!(client.receive().contains("pusher:signin_success"));
}

#[test]
fn strangers_and_apps_with_credentials_of_their_own_get_nothing() {
    let server = serve_default();
    let reply = ask(
        &server,
        "/pusher/auth",
        "socket_id=1.2&channel_name=private-a",
    );
    assert_eq!(reply.status, 403, "{reply:?}");
    let client = server.client();
    let form = format!("socket_id={}&channel_name=private-%0A", client.socket_id);
    assert_eq!(ask(&server, "/pusher/auth", &form).status, 400);
    let form = format!("socket_id={}&user_id=a&user_info=%7B", client.socket_id);
    assert_eq!(ask(&server, "/pusher/user-auth", &form).status, 400);

    let server = serve();
    let client = server.client();
    let form = format!("socket_id={}&channel_name=private-a", client.socket_id);
    let reply = ask(&server, "/pusher/auth", &form);
    assert!(
        reply.status == 403
            && reply
                .body
                .contains("set channelAuthorization in the options of pusher-js"),
        "{reply:?}"
    );
}

#[test]
fn who_watches_sees_what_is_signed_and_why_something_is_not() {
    let server = serve_default();
    let client = server.client();
    let form = format!("socket_id={}&channel_name=private-a", client.socket_id);
    ask(&server, "/pusher/auth", &form);
    assert!(server.noted(json!({ "path": "/pusher/auth", "code": 200, "text": null })));
    ask(&server, "/pusher/user-auth", "socket_id=1.2");
    let why = "pushrig: no client of the default app has the socket id '1.2'";
    assert!(server.noted(json!({ "path": "/pusher/user-auth", "code": 403, "text": why })));
}

#[test]
fn what_is_not_posted_is_refused() {
    let server = serve_default();
    for path in ["/pusher/auth", "/pusher/user-auth"] {
        let request = format!("GET {path}?socket_id=1.2 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let reply = exchange(&mut server.dial(), request.as_bytes());
        let (status, body) = (reply.status, reply.body.as_str());
        assert_eq!(
            (status, body),
            (405, "pushrig: this address takes POST only\n")
        );
    }
}

#[test]
fn a_prefix_may_come_before() {
    let server = serve_default();
    let client = server.client();
    let form = format!("socket_id={}&channel_name=private-a", client.socket_id);
    assert_eq!(ask(&server, "/mock/pusher/auth", &form).status, 200);
    let reply = ask(&server, "/mock/pusher/user-auth", &form);
    assert!(reply.body.contains("user_data"), "{reply:?}");
    assert_eq!(ask(&server, "/mock/pusher-auth", &form).status, 404);
}

#[test]
fn a_field_that_is_missing_is_named_with_what_is_expected() {
    let server = serve_default();
    for (path, form, field) in [
        ("/pusher/auth", "", "socket_id"),
        (
            "/pusher/auth",
            "socket_id=&channel_name=private-a",
            "socket_id",
        ),
        (
            "/pusher/auth",
            r#"{"socket_id":"1.2","channel_name":"private-a"}"#,
            "socket_id",
        ),
        ("/pusher/auth", "socket_id=1.2", "channel_name"),
        ("/pusher/user-auth", "user_id=ann", "socket_id"),
    ] {
        let reply = ask(&server, path, form);
        let why = format!(
            "pushrig: the field {field} is missing; this address expects a form (application/x-www-form-urlencoded)"
        );
        assert!(
            reply.status == 400 && reply.body.starts_with(&why),
            "{form}: {reply:?}"
        );
    }
}

#[test]
fn an_encrypted_channel_without_a_master_key_is_refused_with_what_is_needed() {
    let options = AppOptions {
        accepts_any_key: true,
        ..app_options()
    };
    let server = serve_with(ListenOptions {
        apps: vec![app_with(options)],
        ..ListenOptions::default()
    });
    let client = server.client();
    let form = format!(
        "socket_id={}&channel_name=private-encrypted-a",
        client.socket_id
    );
    let reply = ask(&server, "/pusher/auth", &form);
    assert!(
        reply.status == 403 && reply.body.contains("encryptionMasterKeyBase64"),
        "{reply:?}"
    );
}
