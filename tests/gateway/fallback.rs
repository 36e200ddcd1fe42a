//! Clients without WebSocket: what pusher-js does over `xhr_streaming` and `xhr_polling`.

use std::io::{Read, Write};
use std::net::TcpStream;

use pushrig::gateway::ListenOptions;

use serde_json::json;

use super::support::*;

const QUERY: &str = "protocol=7&client=js&version=8.6.0";

fn post(server: &Server, path: &str, body: &str) -> Reply {
    exchange(&mut server.dial(), request(path, body).as_bytes())
}

fn request(path: &str, body: &str) -> String {
    format!(
        "POST {path}?{QUERY}&t=1&n=1 HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:3000\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A response that goes on, or ends by itself.
struct Stream(TcpStream);

impl Stream {
    fn open(server: &Server, path: &str) -> Stream {
        let mut stream = server.dial();
        stream.write_all(request(path, "").as_bytes()).unwrap();
        let head = read_head(&mut stream);
        assert!(head.starts_with("http/1.1 200 "), "{head}");
        assert!(
            head.contains("access-control-allow-origin: http://localhost:3000\r\n"),
            "{head}"
        );
        assert!(head.contains("transfer-encoding: chunked\r\n"), "{head}");
        Stream(stream)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        while !line.ends_with("\r\n") {
            let mut byte = [0];
            self.0.read_exact(&mut byte).unwrap();
            line.push(char::from(byte[0]));
        }
        line
    }

    /// The lines of the next chunk; none at the end of the response.
    fn chunk(&mut self) -> Vec<String> {
        let length = usize::from_str_radix(self.line().trim(), 16).unwrap();
        let mut bytes = vec![0; length + 2];
        self.0.read_exact(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        text.trim_end_matches("\r\n")
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// The next lines, `count` of them.
    fn lines(&mut self, count: usize) -> Vec<String> {
        let mut lines = Vec::new();
        while lines.len() < count {
            let chunk = self.chunk();
            assert!(!chunk.is_empty(), "the response ended after {lines:?}");
            lines.extend(chunk);
        }
        assert_eq!(lines.len(), count, "{lines:?}");
        lines
    }
}

const SESSION: &str = "/pusher/app/key/123/abcdefgh";

#[test]
fn streaming_goes_on_until_the_end() {
    let server = serve();
    let mut stream = Stream::open(&server, &format!("{SESSION}/xhr_streaming"));
    let lines = stream.lines(2);
    assert_eq!(lines[0], "o");
    assert!(
        lines[1].starts_with(r#"a["{\"event\":\"pusher:connection_established\""#),
        "{lines:?}"
    );
    let subscribe =
        serde_json::json!([r#"{"event":"pusher:subscribe","data":{"auth":"","channel":"news"}}"#]);
    let reply = post(
        &server,
        &format!("{SESSION}/xhr_send"),
        &subscribe.to_string(),
    );
    assert_eq!(reply.status, 204);
    assert!(
        reply
            .head
            .contains("access-control-allow-origin: http://localhost:3000\r\n")
    );
    assert!(stream.lines(1)[0].contains("subscription_succeeded"));
    server.publish("news", "e", r#""\n""#);
    assert_eq!(
        stream.lines(1)[0],
        r#"a["{\"event\":\"e\",\"channel\":\"news\",\"data\":\"\\\"\\\\n\\\"\"}"]"#
    );
    // pusher-js goes on with another request; it must not be greeted again.
    let mut next = Stream::open(&server, &format!("{SESSION}/xhr_streaming"));
    assert_eq!(stream.chunk(), [""; 0]);
    server.publish("news", "f", "1");
    assert!(next.lines(1)[0].contains(r#"\"event\":\"f\""#));
    server.gateway.close(4200);
    let lines = next.lines(2);
    assert!(lines[0].contains("pusher:error"), "{lines:?}");
    assert!(lines[1].starts_with("c[4200,"), "{lines:?}");
    assert_eq!(next.chunk(), [""; 0]);
}

#[test]
fn what_comes_behind_256_kib_of_a_stream_waits_for_the_next() {
    let server = serve();
    let path = format!("{SESSION}/xhr_streaming");
    let mut stream = Stream::open(&server, &path);
    let subscribe = r#"["{\"event\":\"pusher:subscribe\",\"data\":{\"channel\":\"news\"}}"]"#;
    assert_eq!(
        post(&server, &format!("{SESSION}/xhr_send"), subscribe).status,
        204
    );
    let greeting = stream.lines(3);
    let units = |line: &String| line.encode_utf16().count() + 1;
    let mut length: usize = greeting.iter().map(units).sum();
    // Bytes do not count, nor do characters.
    let data = "é🦀".repeat(1_500);
    while length <= 256 * 1024 {
        server.publish("news", "e", &data);
        length += stream.lines(1).iter().map(units).sum::<usize>();
    }
    for data in ["late", "later"] {
        server.publish("news", "e", data);
    }
    server.until("they wait", |server| server.gateway.is_idle());
    let mut next = Stream::open(&server, &path);
    let lines = next.lines(2);
    assert!(
        lines[0].contains("late") && lines[1].contains("later"),
        "{lines:?}"
    );
    // The first one ended without another word.
    assert_eq!(stream.chunk(), [""; 0]);
}

#[test]
fn polling_ends_with_what_it_has_brought() {
    let server = serve();
    let path = format!("{SESSION}/xhr");
    let mut first = Stream::open(&server, &path);
    assert_eq!(first.chunk().len(), 2);
    assert_eq!(first.chunk(), [""; 0]);
    let subscribe = r#"["{\"event\":\"pusher:subscribe\",\"data\":{\"channel\":\"news\"}}"]"#;
    assert_eq!(
        post(&server, &format!("{SESSION}/xhr_send"), subscribe).status,
        204
    );
    server.publish("news", "between", "1");
    server.until("it is delivered", |server| server.gateway.is_idle());
    let mut second = Stream::open(&server, &path);
    let lines = second.chunk();
    assert!(
        lines[0].contains("subscription_succeeded") && lines[1].contains("between"),
        "{lines:?}"
    );
    assert_eq!(second.chunk(), [""; 0]);
    let mut third = Stream::open_later(&server, &path);
    server.publish("news", "now", "1");
    third.head();
    assert!(third.chunk()[0].contains("now"));
}

impl Stream {
    /// Sends the request without waiting for the head, which comes with the first line.
    fn open_later(server: &Server, path: &str) -> Stream {
        let mut stream = server.dial();
        stream.write_all(request(path, "").as_bytes()).unwrap();
        Stream(stream)
    }

    fn head(&mut self) {
        read_head(&mut self.0);
    }
}

#[test]
fn a_refusal_is_a_whole_session() {
    let server = serve();
    let mut stream = server.dial();
    let path = "/pusher/app/unknown/1/abcdefgh/xhr_streaming";
    let reply = exchange(&mut stream, request(path, "").as_bytes());
    let lines: Vec<_> = reply.body.lines().collect();
    assert_eq!((reply.status, lines[0]), (200, "o"));
    assert!(lines[1].contains(r#"\"code\":4001"#), "{lines:?}");
    assert!(lines[2].starts_with("c[4001,"), "{lines:?}");
}

#[test]
fn sending_without_a_session_or_without_sense_is_refused() {
    let server = serve();
    let send = format!("{SESSION}/xhr_send");
    assert_eq!(post(&server, &send, "[]").status, 404);
    let mut stream = Stream::open(&server, &format!("{SESSION}/xhr_streaming"));
    stream.lines(2);
    assert_eq!(post(&server, &send, "{").status, 400);
    assert_eq!(post(&server, &send, "[1]").status, 400);
    assert_eq!(post(&server, &send, "[]").status, 204);
    let get = format!("GET {send} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(exchange(&mut server.dial(), get.as_bytes()).status, 405);
}

#[test]
fn a_client_that_stops_asking_has_left() {
    let options = ListenOptions {
        session_patience: std::time::Duration::from_millis(20),
        ..ListenOptions::default()
    };
    let server = serve_with(options);
    let mut stream = Stream::open(&server, &format!("{SESSION}/xhr_streaming"));
    stream.lines(2);
    assert_eq!(server.gateway.connection_count(), 1);
    drop(stream);
    server.until("it has left", |server| {
        server.gateway.connection_count() == 0
    });
    assert!(server.noted(json!({ "kind": "closed" })));
}

#[test]
fn silence_is_asked_about_with_a_heartbeat() {
    let options = ListenOptions {
        idle_ping: Some(std::time::Duration::from_millis(20)),
        pong_timeout: std::time::Duration::from_millis(50),
        ..ListenOptions::default()
    };
    let server = serve_with(options);
    let mut stream = Stream::open(&server, &format!("{SESSION}/xhr_streaming"));
    stream.lines(2);
    assert_eq!(stream.lines(1), ["h"]);
    let rest: Vec<String> =
        std::iter::from_fn(|| Some(stream.chunk()).filter(|chunk| !chunk.is_empty()))
            .flatten()
            .collect();
    assert!(
        rest.last().is_some_and(|line| line.starts_with("c[4201,")),
        "{rest:?}"
    );
}

#[test]
fn a_message_that_is_too_long_ends_the_session_as_it_ends_a_websocket() {
    let server = serve_with(ListenOptions {
        max_message_bytes: 100,
        ..ListenOptions::default()
    });
    let mut stream = Stream::open(&server, &format!("{SESSION}/xhr_streaming"));
    stream.lines(2);
    let message = |channel: &str| {
        let frame = format!(r#"{{"event":"pusher:subscribe","data":{{"channel":"{channel}"}}}}"#);
        serde_json::json!(["{\"event\":\"pusher:ping\"}", frame]).to_string()
    };
    let send = format!("{SESSION}/xhr_send");
    assert_eq!(post(&server, &send, &message("short")).status, 204);
    assert!(stream.lines(2)[1].contains("subscription_succeeded"));
    let reply = post(&server, &send, &message(&"x".repeat(100)));
    assert_eq!(reply.status, 413);
    assert!(reply.body.contains("100 bytes"), "{}", reply.body);
    let lines = stream.lines(2);
    assert!(lines[0].contains("pusher:pong"), "{lines:?}");
    assert_eq!(lines[1], r#"c[1009,"message too long"]"#);
    assert_eq!(post(&server, &send, "[]").status, 404);
}

#[test]
fn a_session_that_is_over_takes_nothing_more() {
    let server = serve_with(ListenOptions {
        max_queued_bytes: 1_000,
        ..ListenOptions::default()
    });
    let send = format!("{SESSION}/xhr_send");
    let mut first = Stream::open(&server, &format!("{SESSION}/xhr"));
    first.lines(2);
    let subscribe = r#"["{\"event\":\"pusher:subscribe\",\"data\":{\"channel\":\"news\"}}"]"#;
    assert_eq!(post(&server, &send, subscribe).status, 204);
    for _ in 0..3 {
        server.publish("news", "e", &"x".repeat(600));
    }
    server.until("it is delivered", |server| server.gateway.is_idle());
    // It was cut, for nobody reads. What its client sends goes nowhere, and it is told.
    let later = r#"["{\"event\":\"pusher:subscribe\",\"data\":{\"channel\":\"late\"}}"]"#;
    assert_eq!(post(&server, &send, later).status, 404);
    assert_eq!(server.app.lock().subscriber_count("late"), 0);
    assert_eq!(server.app.lock().subscriber_count("news"), 0);
    assert_eq!(server.gateway.connection_count(), 0);
}

#[test]
fn what_comes_behind_a_goodbye_is_not_taken() {
    let server = serve();
    let mut stream = Stream::open(&server, &format!("{SESSION}/xhr"));
    stream.lines(2);
    server.app.lock().drop_all(4200, "come back", now());
    server.until("it has left", |server| {
        server.app.lock().subscriber_count("news") == 0
    });
    assert_eq!(
        post(&server, &format!("{SESSION}/xhr_send"), "[]").status,
        404
    );
    let mut last = Stream::open(&server, &format!("{SESSION}/xhr"));
    assert!(last.chunk().last().unwrap().starts_with("c[4200,"));
}

#[test]
fn a_session_that_is_cut_while_nobody_asks_is_gone_at_once() {
    let server = serve_with(ListenOptions {
        max_queued_bytes: 1_000,
        // Its client may be back any time.
        session_patience: std::time::Duration::from_secs(3_600),
        ..ListenOptions::default()
    });
    let mut first = Stream::open(&server, &format!("{SESSION}/xhr"));
    first.lines(2);
    let subscribe = r#"["{\"event\":\"pusher:subscribe\",\"data\":{\"channel\":\"news\"}}"]"#;
    post(&server, &format!("{SESSION}/xhr_send"), subscribe);
    for _ in 0..3 {
        server.publish("news", "e", &"x".repeat(600));
    }
    server.until("it has left", |server| {
        server.gateway.connection_count() == 0
    });
    assert!(server.noted(json!({ "notice": "tooSlow" })));
}

#[test]
fn a_body_full_of_tiny_messages_keeps_nobody_else_waiting() {
    let server = serve();
    let mut stream = Stream::open(&server, &format!("{SESSION}/xhr_streaming"));
    stream.lines(2);
    let mut other = server.client();
    let body = serde_json::json!(vec![r#"{"event":"pusher:pong"}"#; 65_000]).to_string();
    assert!(body.len() > 1_900_000);
    let answered = std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let reply = post(&server, &format!("{SESSION}/xhr_send"), &body);
            assert_eq!(reply.status, 204);
        });
        let mut answered = 0;
        while !sender.is_finished() {
            other.send(r#"{"event":"pusher:ping"}"#);
            assert!(other.receive().contains("pusher:pong"));
            answered += 1;
        }
        answered
    });
    assert!(answered > 100, "{answered} answers meanwhile");
}
