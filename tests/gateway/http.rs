//! HTTP: the API, the page, and requests that come in pieces or not at all.

use std::io::Write;
use std::net::Shutdown;
use std::time::Duration;

use pushrig::gateway::ListenOptions;

use serde_json::json;

use super::support::*;

const EVENT: &str = r#"{"name":"e","data":"1","channels":["news"]}"#;

#[test]
fn a_signed_event_reaches_subscribers_except_its_sender() {
    let server = serve();
    let (mut sender, mut other) = (server.client(), server.client());
    sender.subscribe("news");
    other.subscribe("news");
    let body = serde_json::json!({
        "name": "e", "data": "{\"x\":1}", "channels": ["news"], "socket_id": sender.socket_id,
    });
    let reply = server.request("POST", "/apps/3/events", "", &body.to_string());
    assert_eq!((reply.status, reply.body.as_str()), (200, "{}"));
    assert!(reply.head.contains("content-type: application/json\r\n"));
    assert_eq!(
        other.receive(),
        r#"{"event":"e","channel":"news","data":"{\"x\":1}"}"#
    );
    sender.send(r#"{"event":"pusher:ping","data":{}}"#);
    assert!(sender.receive().contains("pusher:pong"));
    assert!(
        server
            .noted(json!({ "kind": "request", "method": "POST", "path": "/events", "code": 200 }))
    );
}

#[test]
fn the_log_tells_how_many_sockets_an_event_reaches_and_when_nobody_is_there() {
    let server = serve();
    let (mut sender, mut other) = (server.client(), server.client());
    sender.subscribe("news");
    other.subscribe("news");
    let body = serde_json::json!({
        "name": "e", "data": "{}", "channels": ["news", "olds"], "socket_id": sender.socket_id,
    });
    server.request("POST", "/apps/3/events", "", &body.to_string());
    let batch = r#"{"batch":[{"name":"b","data":"1","channel":"news"},{"name":"b","data":"1","channel":"none"}]}"#;
    server.request("POST", "/apps/3/batch_events", "", batch);
    let refused = r#"{"name":"e","data":"1","channels":["no name"]}"#;
    assert_eq!(
        server.request("POST", "/apps/3/events", "", refused).status,
        400
    );

    for published in [
        json!({ "channel": "news", "event": "e", "data": "{}", "bytes": 2, "sockets": 1 }),
        json!({ "channel": "news", "event": "b", "data": "1", "bytes": 1, "sockets": 2 }),
        json!({ "channel": "olds", "event": "e", "subscribers": 0 }),
        json!({ "channel": "none", "event": "b", "subscribers": 0 }),
    ] {
        assert_eq!(server.count(&published), 1, "{published}");
    }
    assert_eq!(server.count(&json!({ "kind": "triggered" })), 4);
}

#[test]
fn the_log_tells_of_every_request_whatever_it_asks_for() {
    let server = serve();
    for (request, noted) in [
        (
            "GET / ",
            json!({ "method": "GET", "path": "/", "code": 200, "text": null }),
        ),
        (
            "GET /health ",
            json!({ "method": "GET", "path": "/health", "code": 200, "text": null }),
        ),
        (
            "OPTIONS /pusher/auth ",
            json!({ "method": "OPTIONS", "path": "/pusher/auth", "code": 204, "text": null }),
        ),
        (
            "DELETE /a?b=c ",
            json!({ "method": "DELETE", "path": "/a", "code": 404, "text": "404 NOT FOUND" }),
        ),
        (
            "GET /apps/9/channels ",
            json!({ "method": "GET", "path": "/apps/9/channels", "code": 404, "text": "Unknown app" }),
        ),
    ] {
        let request = format!("{request}HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        exchange(&mut server.dial(), request.as_bytes());
        assert_eq!(server.count(&noted), 1, "{noted}: {:?}", server.entries());
    }
}

#[test]
fn channels_are_asked_for_with_info() {
    let server = serve();
    let mut client = server.client();
    client.subscribe("news");
    let reply = server.request("GET", "/apps/3/channels/news", "", "");
    assert_eq!(
        (reply.status, reply.body.as_str()),
        (200, r#"{"occupied":true}"#)
    );
    let reply = server.request("GET", "/apps/3/channels", "filter_by_prefix=ne", "");
    assert_eq!(reply.body, r#"{"channels":{"news":{}}}"#);
}

#[test]
fn who_does_not_sign_is_refused_with_the_real_texts() {
    let server = serve();
    let ask = |request: String| exchange(&mut server.dial(), request.as_bytes());
    let reply = ask("GET /apps/3/channels HTTP/1.1\r\nHost: localhost\r\n\r\n".into());
    assert_eq!(
        (reply.status, reply.body.as_str()),
        (401, "Missing parameter: auth_key\n")
    );
    assert!(reply.head.contains("content-type: text/plain"));
    let reply = ask("GET /apps/3/channels?auth_key=zz HTTP/1.1\r\nHost: localhost\r\n\r\n".into());
    assert_eq!(
        (reply.status, reply.body.as_str()),
        (400, "Unknown auth_key\n")
    );
    let signed_elsewhere =
        signed("GET", "/apps/3/channels", "", "").replace("/channels?", "/users?");
    let reply = ask(signed_elsewhere + "\r\n");
    assert!(
        (reply.status, &reply.body[..17]) == (401, "Invalid signature"),
        "{reply:?}"
    );
    let head = signed("POST", "/apps/3/events", "", EVENT);
    let reply = ask(format!("{head}\r\n{}", EVENT.replace("news", "gold")));
    assert_eq!(reply.status, 401, "{reply:?}");
    let reply = server.request("GET", "/apps/9/channels", "", "");
    assert_eq!(reply.status, 404, "{reply:?}");
}

#[test]
fn chunked_and_pipelined_requests_are_answered_in_order() {
    let server = serve();
    let mut client = server.client();
    client.subscribe("news");
    let mut stream = server.dial();
    let head = signed("POST", "/apps/3/events", "", EVENT).replace(
        &format!("Content-Length: {}\r\n", EVENT.len()),
        "Transfer-Encoding: chunked\r\n",
    );
    let (one, two) = EVENT.split_at(7);
    let chunked = format!(
        "{head}\r\n{:x}\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n",
        one.len(),
        two.len()
    );
    let health = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let missing = "GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream
        .write_all([&chunked, health, missing].concat().as_bytes())
        .unwrap();
    assert_eq!(read_reply(&mut stream).body, "{}");
    assert!(
        read_reply(&mut stream)
            .body
            .starts_with(r#"{"status":"ok","#)
    );
    let last = read_reply(&mut stream);
    assert_eq!((last.status, last.body.as_str()), (404, "404 NOT FOUND\n"));
    assert!(last.head.contains("connection: close\r\n"));
    assert_eq!(until_closed(&mut stream), b"");
    assert!(client.receive().contains(r#""event":"e""#));
}

#[test]
fn a_body_may_wait_for_100_continue() {
    let server = serve();
    let mut stream = server.dial();
    let head = signed("POST", "/apps/3/events", "", EVENT);
    stream
        .write_all(format!("{head}Expect: 100-continue\r\n\r\n").as_bytes())
        .unwrap();
    assert!(read_head(&mut stream).starts_with("http/1.1 100 "));
    assert_eq!(exchange(&mut stream, EVENT.as_bytes()).status, 200);
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    let options = ListenOptions {
        max_body_bytes: 1_000,
        ..ListenOptions::default()
    };
    let server = serve_with(options);
    let request = "POST /apps/3/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n";
    assert_eq!(exchange(&mut server.dial(), request.as_bytes()).status, 413);
    let refused = json!({ "kind": "request", "path": "/apps/3/events", "code": 413, "text": "The request body exceeds" });
    assert!(server.noted(refused));
    let chunks = format!("3e8\r\n{}\r\n1\r\nx\r\n", "x".repeat(1_000));
    let request =
        "POST /apps/3/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(
        exchange(&mut server.dial(), format!("{request}{chunks}").as_bytes()).status,
        413
    );
}

#[test]
fn people_and_scripts_find_out_what_this_is() {
    let server = serve();
    let get = |path: &str| {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:3000\r\n\r\n"
        );
        exchange(&mut server.dial(), request.as_bytes())
    };
    let page = get("/");
    assert_eq!(page.status, 200);
    assert!(page.head.contains("content-type: text/html"));
    assert!(
        page.body.contains("<title>pushrig</title>"),
        "{}",
        page.body
    );
    let _client = server.client();
    let health = get("/health");
    assert!(
        health.body.contains(r#""connections":1"#),
        "{}",
        health.body
    );
    for (path, status, part) in [
        ("/pusher/info", 404, "SockJS is not served here"),
        ("/sockjs/1/x/websocket", 404, "SockJS is not served here"),
        ("/timeline/v2/jsonp/1", 404, "no statistics are collected"),
        ("/app/key?protocol=7", 426, "for WebSockets"),
        ("/favicon.ico", 404, "404 NOT FOUND\n"),
    ] {
        let reply = get(path);
        assert_eq!(reply.status, status, "{path}");
        assert!(reply.body.contains(part), "{path}: {}", reply.body);
        assert!(
            reply
                .head
                .contains("access-control-allow-origin: http://localhost:3000\r\n"),
            "{path}"
        );
    }
    let head = "HEAD /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut stream = server.dial();
    stream.write_all(head.as_bytes()).unwrap();
    assert!(read_head(&mut stream).starts_with("http/1.1 200 "));
    assert_eq!(until_closed(&mut stream), b"");
}

#[test]
fn whoever_is_refused_is_heard_out_so_that_no_reset_overtakes_the_answer() {
    let server = serve();
    let health = "GET /health HTTP/1.1\r\nHost: localhost\r\n";
    let too_many = "X: y\r\n".repeat(101);
    for (request, status) in [
        // The HTTP library refuses these by itself.
        ("GET / HTTP/9.9\r\nHost: localhost\r\n\r\n".to_owned(), 400),
        ("G\0T / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(), 400),
        (format!("{health}Content-Length: x\r\n\r\n"), 400),
        (format!("{health}{too_many}\r\n"), 431),
        (format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(70_000)), 414),
        (format!("{health}\r\n{health}: none\r\n\r\n"), 200),
        // And the gateway these.
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400),
        (format!("{health}Origin: https://evil.example\r\n\r\n"), 403),
        (format!("{health}Connection: close\r\n\r\n"), 200),
        ("\x16\x03\x01 hello".to_owned(), 400),
        (format!("{health}Upgrade: websocket\r\n\r\n"), 400),
        // As the HTTP client of Java asks.
        (
            format!("{health}Connection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n"),
            200,
        ),
    ] {
        let mut stream = server.dial();
        stream.write_all(request.as_bytes()).unwrap();
        let answer = String::from_utf8(until_closed(&mut stream)).unwrap();
        assert_eq!(&answer[9..12], status.to_string(), "{request}");
        // More than the system takes for a socket that nobody reads.
        for _ in 0..100 {
            stream.write_all(&[b'x'; 100_000]).expect(&request);
        }
        stream.shutdown(Shutdown::Write).unwrap();
    }
}

#[test]
fn a_request_that_does_not_name_the_server_is_refused_at_every_door() {
    let server = serve();
    let publish = signed("POST", "/apps/3/events", "", "{}");
    for request in [
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        "GET http://localhost/health HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        "POST /pusher/auth HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n".to_owned(),
        format!("{publish}\r\n{{}}"),
        upgrade_request("/app/key?protocol=7"),
    ] {
        assert!(request.contains("Host: localhost\r\n"), "{request}");
        let is_absolute = request.contains("http://");
        for host in ["", "Host:\r\n", "Host: \r\n"] {
            if is_absolute && !host.is_empty() {
                // Its target names the server.
                continue;
            }
            let request = request.replace("Host: localhost\r\n", host);
            let reply = exchange(&mut server.dial(), request.as_bytes());
            let text = "A request of HTTP/1.1 names the server in its header Host, such as Host: localhost:6001\n";
            assert_eq!(
                (reply.status, reply.body.as_str()),
                (400, text),
                "{request}"
            );
        }
    }
}

#[test]
fn a_websocket_asked_for_wrongly_is_refused_in_http() {
    let server = serve();
    let good = upgrade_request("/app/key?protocol=7");
    for (from, to, status) in [
        ("Version: 13", "Version: 8", 426),
        ("dGhlIHNhbXBsZSBub25jZQ==", "short", 400),
        ("keep-alive, Upgrade", "keep-alive", 400),
        ("GET", "POST", 400),
        ("HTTP/1.1", "HTTP/1.0", 400),
    ] {
        let reply = exchange(&mut server.dial(), good.replace(from, to).as_bytes());
        assert_eq!(reply.status, status, "{to}: {reply:?}");
    }
}

#[test]
fn noise_is_answered_with_400_or_an_end() {
    let server = serve();
    for noise in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
    ] {
        let mut stream = server.dial();
        stream.write_all(noise).unwrap();
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let answer = until_closed(&mut stream);
        assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1.1 400 "),
            "{noise:?}"
        );
    }
    let mut long = server.dial();
    let _ = long.write_all(format!("GET /{} HTTP/1.1\r\n", "x".repeat(600_000)).as_bytes());
    let answer = until_closed(&mut long);
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"));
    server.client();
}

#[test]
fn requests_that_never_end_are_given_up() {
    let options = ListenOptions {
        idle_timeout: Duration::from_millis(300),
        ..ListenOptions::default()
    };
    let server = serve_with(options);
    // A WebSocket is no request: it outlives them all.
    let mut client = server.client();
    let beginnings = [
        String::new(),
        "GET / HT".to_owned(),
        "POST /apps/3/events HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".to_owned(),
        "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /heal".to_owned(),
    ];
    let mut streams: Vec<_> = beginnings
        .iter()
        .map(|beginning| {
            let mut stream = server.dial();
            stream.write_all(beginning.as_bytes()).unwrap();
            stream
        })
        .collect();
    for (stream, beginning) in streams.iter_mut().zip(&beginnings) {
        let answer = until_closed(stream);
        assert_eq!(
            answer.starts_with(b"HTTP/1.1 200 OK"),
            beginning.contains("health"),
            "{beginning}"
        );
    }
    client.subscribe("news");
}

#[test]
fn a_body_that_does_not_come_is_given_up() {
    let options = ListenOptions {
        idle_timeout: Duration::from_millis(200),
        ..ListenOptions::default()
    };
    let server = serve_with(options);
    let head = "POST /apps/3/events HTTP/1.1\r\nHost: localhost\r\n";
    for body in [
        "Content-Length: 9\r\n\r\n",
        "Content-Length: 9\r\n\r\n{",
        "Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    ] {
        let mut stream = server.dial();
        let reply = exchange(&mut stream, format!("{head}{body}").as_bytes());
        assert_eq!(reply.status, 408, "{body}: {reply:?}");
        assert_eq!(until_closed(&mut stream), b"", "{body}");
    }
}

#[test]
fn those_who_dribble_keep_nobody_else_waiting() {
    let options = ListenOptions {
        idle_timeout: Duration::from_secs(1),
        ..ListenOptions::default()
    };
    let server = serve_with(options);
    let mut client = server.client();
    client.subscribe("news");
    let mut slow: Vec<_> = (0..200).map(|_| server.dial()).collect();
    let request =
        "POST /apps/3/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n{";
    let started = std::time::Instant::now();
    for (at, byte) in request.bytes().enumerate() {
        // Whoever has been given up meanwhile has no more to say.
        slow.retain_mut(|stream| stream.write_all(&[byte]).is_ok());
        if at % 10 == 0 {
            let reply = server.request("POST", "/apps/3/events", "", EVENT);
            assert_eq!(reply.status, 200, "{reply:?}");
            assert!(client.receive().contains(r#""event":"e""#));
        }
    }
    for stream in &mut slow {
        let answer = until_closed(stream);
        assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1.1 408 "),
            "{:?}",
            String::from_utf8_lossy(&answer)
        );
    }
    assert!(started.elapsed() < PATIENCE);
    server.client();
}

#[test]
fn browsers_may_ask_before_they_send() {
    let server = serve();
    let request = "OPTIONS /pusher/app/key/1/abcdefgh/xhr_send?t=1&n=1 HTTP/1.1\r\nHost: localhost\r\n\
                   Origin: http://localhost:3000\r\nAccess-Control-Request-Method: POST\r\n\
                   Access-Control-Request-Headers: content-type\r\n\r\n";
    let reply = exchange(&mut server.dial(), request.as_bytes());
    assert_eq!(reply.status, 204);
    assert!(
        reply
            .head
            .contains("access-control-allow-origin: http://localhost:3000\r\n"),
        "{}",
        reply.head
    );
    assert!(
        reply
            .head
            .contains("access-control-allow-headers: content-type\r\n"),
        "{}",
        reply.head
    );
}

#[test]
fn a_page_that_is_not_where_it_was_built_is_missed_in_words() {
    let server = serve_with(ListenOptions {
        page_file: Some("/nowhere/inspector.html".into()),
        ..ListenOptions::default()
    });
    let page = exchange(
        &mut server.dial(),
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    );
    assert_eq!(page.status, 500);
    assert!(page.body.contains("Install pushrig anew"), "{}", page.body);
}
