//! Who may come in, at every door. What the verdict is made of has unit tests of its own.

use std::io::Write;
use std::net::TcpStream;

use pushrig::broker::AppOptions;
use pushrig::gateway::ListenOptions;

use serde_json::json;

use super::support::*;

const EVENT: &str = r#"{"name":"e","channel":"news","data":"1"}"#;
const TOKEN: &str = "a-token-that-nobody-guesses";
const EVIL: &str = "Host: localhost:6001\r\nOrigin: https://evil.example\r\n";
const REBOUND: &str = "Host: evil.example:6001\r\n";
const HIDDEN: &str = "Host: localhost:6001\r\nSec-Fetch-Site: cross-site\r\n";

fn serve_default(origins: &[&str]) -> Server {
    let options = AppOptions {
        accepts_any_key: true,
        ..app_options()
    };
    serve_with(ListenOptions {
        apps: vec![app_with(options)],
        origins: origins.iter().map(|&origin| origin.to_owned()).collect(),
        token: TOKEN.to_owned(),
        ..ListenOptions::default()
    })
}

/// A request with these headers.
fn request(line: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("{line} HTTP/1.1\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
}

/// One for each door, as a page could send it.
fn requests(headers: &str) -> Vec<String> {
    let post = |path: &str, body: &str| request(&format!("POST {path}"), headers, body);
    let get = |path: &str| request(&format!("GET {path}"), headers, "");
    // Signed with the secret that everybody knows, and as simple as a form.
    let publish = signed("POST", "/apps/3/events", "", EVENT)
        .replace("Host: localhost\r\n", headers)
        .replace("application/json", "text/plain");
    let asks = format!(
        "{headers}Access-Control-Request-Method: POST\r\n\
         Access-Control-Request-Headers: authorization\r\n\
         Access-Control-Request-Private-Network: true\r\n"
    );
    let ask = |path: &str| request(&format!("OPTIONS {path}"), &asks, "");
    let channels = signed("GET", "/apps/3/channels", "", "");
    vec![
        format!("{publish}\r\n{EVENT}"),
        get(channels.split(' ').nth(1).unwrap()),
        post("/pusher/auth", "socket_id=1.2&channel_name=private-a"),
        post("/pusher/user-auth", "socket_id=1.2&user_id=ann"),
        post("/pusher/app/key/1/abcdefgh/xhr_streaming?protocol=7", ""),
        post("/pusher/app/key/1/abcdefgh/xhr?protocol=7", ""),
        post("/pusher/app/key/1/abcdefgh/xhr_send", "[]"),
        get("/"),
        get("/health"),
        get("/nothing"),
        get("/pusher/info"),
        ask("/pusher/app/key/1/abcdefgh/xhr_send"),
        ask("/pusher/auth"),
        ask("/apps/3/events"),
    ]
}

/// What a client that may not come in is told by WebSocket.
fn farewell(stream: TcpStream, early: &[u8]) -> (String, u16, String) {
    let socket = tungstenite::WebSocket::from_partially_read(
        stream,
        early.to_vec(),
        tungstenite::protocol::Role::Client,
        None,
    );
    let mut client = Client {
        socket,
        socket_id: String::new(),
    };
    let frame = client.receive();
    let (code, reason) = client.closed();
    (frame, code, reason)
}

#[test]
fn a_page_from_elsewhere_finds_every_door_shut() {
    let server = serve_default(&[]);
    let mut client = server.client();
    client.subscribe("news");
    for (headers, why) in [
        (
            EVIL,
            "pushrig: pages of https://evil.example may not use this gateway",
        ),
        (
            REBOUND,
            "pushrig: this gateway does not go by the name evil.example",
        ),
        (
            HIDDEN,
            "pushrig: a page of another site asks without saying which",
        ),
    ] {
        for request in requests(headers) {
            let reply = exchange(&mut server.dial(), request.as_bytes());
            assert_eq!(reply.status, 403, "{request}: {reply:?}");
            assert!(reply.body.starts_with(why), "{request}: {reply:?}");
            assert!(
                !reply.head.contains("access-control"),
                "{request}: {reply:?}"
            );
        }
    }
    server.publish("news", "last", "1");
    assert!(client.receive().contains(r#""event":"last""#));
    assert_eq!(server.gateway.connection_count(), 1);
}

#[test]
fn a_page_from_elsewhere_is_told_so_by_websocket_and_does_not_come_back() {
    let server = serve_default(&[]);
    let upgrade = upgrade_request("/app/key?protocol=7");
    for (headers, who) in [
        (EVIL, "pages of https://evil.example may not use"),
        (REBOUND, "does not go by the name evil.example"),
    ] {
        let upgrade = upgrade.replace("Host: localhost\r\n", headers);
        let mut first = server.dial();
        first.write_all(upgrade.as_bytes()).unwrap();
        // And on a connection that has served somebody who may.
        let mut later = server.dial();
        exchange(
            &mut later,
            b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
        );
        later.write_all(upgrade.as_bytes()).unwrap();
        for mut stream in [first, later] {
            assert!(read_head(&mut stream).starts_with("http/1.1 101 "));
            let (frame, code, reason) = farewell(stream, b"");
            assert!(
                frame.contains("pusher:error") && frame.contains(r#""code":4009"#),
                "{frame}"
            );
            assert!(frame.contains(who), "{frame}");
            assert!(
                frame.contains("--origin") && frame.contains("PUSHRIG_ORIGINS="),
                "{frame}"
            );
            assert_eq!(code, 4009);
            assert!(reason.contains(&who[..20]), "{reason}");
        }
    }
    assert_eq!(server.gateway.connection_count(), 0);
}

#[test]
fn a_page_of_this_machine_finds_every_door_open_and_nobody_else_may_read() {
    let server = serve_default(&["https://app.test"]);
    for origin in [
        "http://localhost:3000",
        "http://127.0.0.1:5173",
        "https://app.test",
    ] {
        let headers = format!("Host: localhost:6001\r\nOrigin: {origin}\r\n");
        for request in requests(&headers) {
            if request.contains("/xhr") && !request.starts_with("OPTIONS") {
                continue;
            }
            let reply = exchange(&mut server.dial(), request.as_bytes());
            let named = format!("access-control-allow-origin: {origin}\r\n");
            assert!(reply.head.contains(&named), "{request}: {reply:?}");
            assert!(
                reply.head.contains("vary: origin\r\n"),
                "{request}: {reply:?}"
            );
            let is_preflight = request.starts_with("OPTIONS");
            assert_eq!(reply.status == 204, is_preflight, "{request}: {reply:?}");
            for line in [
                "access-control-allow-headers: authorization\r\n",
                "access-control-allow-private-network: true\r\n",
                "access-control-allow-methods: get, post, options\r\n",
            ] {
                assert_eq!(
                    reply.head.contains(line),
                    is_preflight,
                    "{request}: {reply:?}"
                );
            }
        }
        let mut stream = server.dial();
        let streaming = "POST /pusher/app/key/1/abcdefgh/xhr_streaming?protocol=7";
        stream
            .write_all(request(streaming, &headers, "").as_bytes())
            .unwrap();
        let head = read_head(&mut stream);
        assert!(
            head.contains(&format!("access-control-allow-origin: {origin}\r\n")),
            "{head}"
        );
    }
}

#[test]
fn nothing_is_granted_that_was_not_asked_for() {
    let server = serve_default(&[]);
    let page = "Host: localhost:6001\r\nOrigin: http://localhost:3000\r\n";
    let reply = exchange(
        &mut server.dial(),
        request("OPTIONS /pusher/auth", page, "").as_bytes(),
    );
    assert!(!reply.head.contains("allow-headers"), "{reply:?}");
    assert!(!reply.head.contains("private-network"), "{reply:?}");
    // A program asks nothing that concerns browsers.
    let program = "Host: localhost:6001\r\nAccess-Control-Request-Headers: x\r\n\
                   Access-Control-Request-Private-Network: true\r\n";
    let reply = exchange(
        &mut server.dial(),
        request("OPTIONS /", program, "").as_bytes(),
    );
    assert_eq!(reply.status, 204);
    assert!(!reply.head.contains("access-control"), "{reply:?}");
}

#[test]
fn each_request_of_a_connection_is_looked_at() {
    let server = serve_default(&[]);
    let health = |headers: &str| request("GET /health", headers, "");
    let mut stream = server.dial();
    let good = health("Host: localhost\r\n");
    for _ in 0..2 {
        assert_eq!(exchange(&mut stream, good.as_bytes()).status, 200);
    }
    assert_eq!(
        exchange(&mut stream, health(REBOUND).as_bytes()).status,
        403
    );
    assert_eq!(until_closed(&mut stream), b"");
}

#[test]
fn what_no_browser_sends_is_malformed() {
    let server = serve_default(&[]);
    let upgrade = upgrade_request("/app/key?protocol=7");
    for headers in [
        "Host: localhost\r\nHost: evil.example\r\n",
        "Host: localhost\r\nOrigin: http://localhost\r\nOrigin: https://evil.example\r\n",
        "Host: localhost\r\nOrigin: http://localhost@evil.example\r\n",
    ] {
        let upgrade = upgrade.replace("Host: localhost\r\n", headers);
        for request in [request("GET /health", headers, ""), upgrade] {
            let reply = exchange(&mut server.dial(), request.as_bytes());
            assert_eq!(reply.status, 400, "{request}: {reply:?}");
        }
    }
    assert_eq!(server.gateway.connection_count(), 0);
}

#[test]
fn the_log_tells_of_each_stranger_once_and_not_of_everybody() {
    let server = serve_default(&[]);
    let told = || server.count(&json!({ "notice": "turnedAway" }));
    let come = |origin: &str| {
        let headers = format!("Host: localhost\r\nOrigin: {origin}\r\n");
        exchange(
            &mut server.dial(),
            request("GET /health", &headers, "").as_bytes(),
        );
    };
    for _ in 0..3 {
        come("https://evil.example");
        let upgrade = upgrade_request("/app/key?protocol=7");
        let mut stream = server.dial();
        stream
            .write_all(upgrade.replace("Host: localhost\r\n", EVIL).as_bytes())
            .unwrap();
        read_head(&mut stream);
        farewell(stream, b"");
    }
    assert_eq!(told(), 1);
    assert!(server.noted(
        json!({ "given": "https://evil.example", "text": "pages of https://evil.example may" })
    ));
    // Nothing else was told of them.
    assert_eq!(server.entries().len(), 1, "{:?}", server.entries());
    for number in 0..150 {
        come(&format!("https://{number}.evil.example"));
    }
    assert_eq!(told(), 100);
    assert!(
        server.own_entries().last().unwrap()["text"]
            .as_str()
            .unwrap()
            .ends_with(". Of more that are turned away nothing is said")
    );
}

#[test]
fn signatures_are_for_this_machine_and_for_who_has_the_token() {
    let server = serve_default(&["http://app.test:3000"]);
    let client = server.client();
    let form = format!("socket_id={}&channel_name=private-a", client.socket_id);
    let ask = |headers: &str| {
        let request = request("POST /pusher/auth", headers, &form);
        exchange(&mut server.dial(), request.as_bytes())
    };
    for trusted in [
        "Host: localhost:6001\r\n",
        "Host: 127.0.0.1:6001\r\nOrigin: http://localhost:3000\r\n",
        "Host: [::1]:6001\r\nOrigin: http://app.localhost\r\n",
    ] {
        assert_eq!(ask(trusted).status, 200, "{trusted}");
    }
    for (headers, why) in [
        ("Host: 192.168.1.5:6001\r\n", "it asks for 192.168.1.5"),
        ("Host: app.test:6001\r\n", "it asks for app.test"),
        (
            "Host: localhost\r\nOrigin: http://app.test:3000\r\n",
            "a page of http://app.test:3000",
        ),
        (
            "Host: localhost\r\nX-Forwarded-For: 10.0.0.1\r\n",
            "through a proxy",
        ),
        (
            "Host: localhost\r\nForwarded: for=10.0.0.1\r\n",
            "through a proxy",
        ),
    ] {
        let reply = ask(headers);
        assert_eq!(reply.status, 403, "{headers}");
        for part in [
            why,
            "Authorization: Bearer TOKEN",
            "--token",
            "channelAuthorization",
        ] {
            assert!(reply.body.contains(part), "{part}: {}", reply.body);
        }
        let wrong = ask(&format!("{headers}Authorization: Bearer {TOKEN}x\r\n"));
        assert_eq!(wrong.status, 403, "{headers}");
        let right = ask(&format!("{headers}Authorization: Bearer {TOKEN}\r\n"));
        assert_eq!(right.status, 200, "{headers}: {right:?}");
    }
}

#[test]
fn the_page_is_opened_from_anywhere_and_framed_by_nobody() {
    let server = serve_default(&[]);
    let get = |more: &str| {
        let headers = format!("{HIDDEN}{more}");
        exchange(
            &mut server.dial(),
            request("GET /", &headers, "").as_bytes(),
        )
    };
    let page = get("Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n");
    assert_eq!(page.status, 200);
    assert!(page.head.contains("x-frame-options: deny\r\n"), "{page:?}");
    assert!(
        page.head
            .contains("content-security-policy: frame-ancestors 'none'\r\n"),
        "{page:?}"
    );
    let frame = get("Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n");
    assert_eq!(frame.status, 403);
}

#[test]
fn containers_call_it_by_name_when_it_is_open_to_them() {
    let ask = |server: &Server, host: &str| {
        let headers = format!("Host: {host}\r\n");
        exchange(
            &mut server.dial(),
            request("GET /health", &headers, "").as_bytes(),
        )
        .status
    };
    let open = |host: &str| {
        serve_with(ListenOptions {
            host: host.to_owned(),
            ..ListenOptions::default()
        })
    };
    let (everywhere, here) = (open("0.0.0.0"), open("127.0.0.1"));
    assert!(everywhere.gateway.is_public() && !here.gateway.is_public());
    for host in ["pushrig:6001", "host.docker.internal:6001"] {
        assert_eq!(
            (ask(&everywhere, host), ask(&here, host)),
            (200, 403),
            "{host}"
        );
    }
    assert_eq!(ask(&everywhere, "evil.example:6001"), 403);
}

#[test]
fn what_is_no_origin_cannot_be_named() {
    let options = ListenOptions {
        apps: vec![app()],
        origins: vec!["not an origin".to_owned()],
        ..ListenOptions::default()
    };
    let error = pushrig::gateway::Gateway::listen(options, None, None)
        .err()
        .unwrap();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert!(
        error.to_string().contains("\"not an origin\" is no origin"),
        "{error}"
    );
}
