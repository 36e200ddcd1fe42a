//! Bytes that clients should not send, or not in such pieces, and clients that do not read.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pushrig::broker::AppOptions;
use pushrig::gateway::ListenOptions;
use pushrig::protocol::Limits;
use tungstenite::Message;

use serde_json::json;

use super::support::*;

const PING: &[u8] = br#"{"event":"pusher:ping","data":{}}"#;
const PONG: &str = r#"{"event":"pusher:pong","data":"{}"}"#;

/// How long the gateway waits for a client that it has said goodbye to.
const GOODBYE: Duration = Duration::from_secs(5);

/// A raw WebSocket that has read its greeting.
fn raw(server: &Server) -> TcpStream {
    let mut stream = server.dial();
    stream
        .write_all(upgrade_request("/app/key?protocol=7").as_bytes())
        .unwrap();
    let head = read_head(&mut stream);
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    assert!(
        head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"),
        "{head}"
    );
    assert!(
        read_frame(&mut stream)
            .1
            .starts_with(b"{\"event\":\"pusher:connection_established\"")
    );
    stream
}

/// First byte and payload of a short server frame.
fn read_frame(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let mut head = [0; 2];
    stream.read_exact(&mut head).unwrap();
    let mut length = usize::from(head[1]);
    if length == 126 {
        let mut long = [0; 2];
        stream.read_exact(&mut long).unwrap();
        length = u16::from_be_bytes(long).into();
    }
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).unwrap();
    (head[0], payload)
}

fn close_code(stream: &mut TcpStream) -> u16 {
    let (first, payload) = read_frame(stream);
    assert_eq!(first, 0x88);
    u16::from_be_bytes([payload[0], payload[1]])
}

#[test]
fn a_handshake_is_read_byte_by_byte() {
    let server = serve();
    let mut stream = server.dial();
    for byte in upgrade_request("/app/key?protocol=7").bytes() {
        stream.write_all(&[byte]).unwrap();
    }
    assert!(read_head(&mut stream).starts_with("http/1.1 101 "));
    for byte in masked(0x81, PING) {
        stream.write_all(&[byte]).unwrap();
    }
    read_frame(&mut stream);
    assert_eq!(read_frame(&mut stream), (0x81, PONG.into()));
}

#[test]
fn frames_behind_the_handshake_are_not_lost() {
    let server = serve();
    let mut stream = server.dial();
    let frame = masked(0x81, PING);
    let request = upgrade_request("/app/key?protocol=6");
    stream
        .write_all(&[request.as_bytes(), &frame, &frame[..5]].concat())
        .unwrap();
    read_head(&mut stream);
    read_frame(&mut stream);
    assert_eq!(read_frame(&mut stream), (0x81, PONG.into()));
    stream.write_all(&frame[5..]).unwrap();
    assert_eq!(read_frame(&mut stream), (0x81, PONG.into()));
}

#[test]
fn a_websocket_may_be_asked_for_on_a_connection_that_served_requests() {
    let server = serve();
    let mut stream = server.dial();
    let reply = exchange(
        &mut stream,
        b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    );
    assert_eq!(reply.status, 200);
    let request = upgrade_request("/app/key?protocol=7");
    stream
        .write_all(&[request.as_bytes(), &masked(0x81, PING)].concat())
        .unwrap();
    assert!(read_head(&mut stream).starts_with("http/1.1 101 "));
    read_frame(&mut stream);
    assert_eq!(read_frame(&mut stream), (0x81, PONG.into()));
}

#[test]
fn a_proxy_may_spread_a_header_over_lines() {
    let server = serve();
    let request = upgrade_request("/app/key?protocol=7")
        .replace("keep-alive, Upgrade", "keep-alive\r\nConnection: Upgrade");
    let mut first = server.dial();
    first.write_all(request.as_bytes()).unwrap();
    assert!(read_head(&mut first).starts_with("http/1.1 101 "));
    let mut later = server.dial();
    exchange(
        &mut later,
        b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    );
    later.write_all(request.as_bytes()).unwrap();
    assert!(read_head(&mut later).starts_with("http/1.1 101 "));
}

#[test]
fn a_proxy_may_ask_for_the_whole_address() {
    let server = serve();
    let mut stream = server.dial();
    let request = upgrade_request("http://localhost/app/key?protocol=7");
    stream.write_all(request.as_bytes()).unwrap();
    assert!(read_head(&mut stream).starts_with("http/1.1 101 "));
    assert!(
        read_frame(&mut stream)
            .1
            .starts_with(b"{\"event\":\"pusher:connection_established\"")
    );
}

#[test]
fn pings_between_fragments_are_answered_at_once() {
    let server = serve();
    let mut stream = raw(&server);
    let (one, two) = PING.split_at(9);
    stream.write_all(&masked(0x01, one)).unwrap();
    stream.write_all(&masked(0x89, b"still there?")).unwrap();
    assert_eq!(read_frame(&mut stream), (0x8a, b"still there?".into()));
    stream.write_all(&masked(0x80, two)).unwrap();
    assert_eq!(read_frame(&mut stream), (0x81, PONG.into()));
}

#[test]
fn a_close_is_echoed_and_ends_the_connection() {
    let server = serve();
    let mut stream = raw(&server);
    stream.write_all(&masked(0x88, b"\x03\xe9bye")).unwrap();
    assert_eq!(read_frame(&mut stream), (0x88, b"\x03\xe9bye".into()));
    assert_eq!(until_closed(&mut stream), b"");
}

#[test]
fn broken_frames_get_the_code_that_says_why() {
    let options = ListenOptions {
        max_message_bytes: 1_000,
        ..ListenOptions::default()
    };
    let server = serve_with(options);
    for (what, frame, code) in [
        ("unmasked", b"\x81\x01x".to_vec(), 1002),
        ("reserved bit", masked(0xc1, PING), 1002),
        ("another reserved bit", masked(0x91, PING), 1002),
        ("reserved opcode", masked(0x83, PING), 1002),
        ("reserved control opcode", masked(0x8b, b""), 1002),
        ("fragmented ping", masked(0x09, b""), 1002),
        ("ping that is too long", masked(0x89, &[b'x'; 126]), 1002),
        ("continuation of nothing", masked(0x80, PING), 1002),
        (
            "text between fragments",
            [masked(0x01, &PING[..5]), masked(0x81, PING)].concat(),
            1002,
        ),
        ("half a close code", masked(0x88, b"\x03"), 1002),
        (
            "close code nobody may send",
            masked(0x88, b"\x03\xee"),
            1002,
        ),
        (
            "close reason that is not UTF-8",
            masked(0x88, b"\x03\xe8\xff"),
            1007,
        ),
        (
            "fragments that are too long together",
            [masked(0x01, &[b' '; 600]), masked(0x80, &[b' '; 600])].concat(),
            1009,
        ),
        (
            "not UTF-8 across fragments",
            [masked(0x01, b"\xc3"), masked(0x80, b"\x28")].concat(),
            1007,
        ),
        ("binary", masked(0x82, PING), 1003),
        ("not UTF-8", masked(0x81, b"\xff\xfe"), 1007),
        ("too long", masked(0x81, &[b' '; 1_001]), 1009),
        (
            "longer than memory",
            [&[0x81, 0xff][..], &[0x7f; 8]].concat(),
            1009,
        ),
    ] {
        let mut stream = raw(&server);
        stream.write_all(&frame).unwrap();
        assert_eq!(close_code(&mut stream), code, "{what}");
        // What is still sent is thrown away. Whoever breaks the framing is not waited for; binary is sound, so a Close
        // is awaited in answer.
        stream.write_all(&masked(0x81, PING)).unwrap();
        if code == 1003 {
            stream.write_all(&masked(0x88, b"\x03\xeb")).unwrap();
        }
        let told = std::time::Instant::now();
        assert_eq!(until_closed(&mut stream), b"", "{what}");
        assert!(told.elapsed() < GOODBYE, "{what}");
    }
    server.until("all are gone", |server| {
        server.gateway.connection_count() == 0
    });
}

#[test]
fn text_that_is_no_frame_is_refused_and_harmless() {
    let server = serve();
    let mut client = server.client();
    for text in [
        "",
        "{",
        "[]",
        "null",
        r#"{"event":7}"#,
        "{\"event\":\"\\ud800\"}",
    ] {
        client.send(text);
        assert!(
            client.receive().starts_with(r#"{"event":"pusher:error""#),
            "{text}"
        );
    }
    client.send("[".repeat(100_000));
    assert!(client.receive().starts_with(r#"{"event":"pusher:error""#));
    client.subscribe("news");
}

#[test]
fn a_connection_may_end_at_any_byte() {
    let server = serve();
    let mut watcher = server.client();
    watcher.subscribe("news");
    let subscribe = br#"{"event":"pusher:subscribe","data":{"channel":"news"}}"#;
    let conversation = [
        upgrade_request("/app/key?protocol=7").as_bytes(),
        &masked(0x01, &subscribe[..20]),
        &masked(0x80, &subscribe[20..]),
        &masked(0x88, b"\x03\xe8"),
    ]
    .concat();
    for end in 0..conversation.len() {
        let mut stream = server.dial();
        stream.write_all(&conversation[..end]).unwrap();
    }
    // Accepted in this order: when this one is greeted, none of them waits outside any more.
    server.client();
    server.until("only the watcher is left", |server| {
        server.gateway.connection_count() == 1 && server.app.lock().subscriber_count("news") == 1
    });
    server.publish("news", "still", "1");
    assert!(watcher.receive().contains("still"));
}

#[test]
fn a_client_that_does_not_read_is_cut_and_the_others_are_served() {
    let options = ListenOptions {
        send_buffer: Some(4_096),
        max_queued_bytes: 64 * 1024,
        ..ListenOptions::default()
    };
    let server = serve_with(options);
    let (mut slow, mut quick) = (server.client(), server.client());
    slow.subscribe("news");
    quick.subscribe("news");
    // Far more than the buffers of both kernels and the gateway's own.
    let data = "x".repeat(10_000);
    let received = AtomicUsize::new(0);
    let mut sent = 0;
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !quick.receive().contains(r#""event":"last""#) {
                received.fetch_add(1, Ordering::Relaxed);
            }
        });
        while server.gateway.connection_count() == 2 {
            assert!(sent < 10_000, "the slow client is still connected");
            server.publish("news", "more", &data);
            sent += 1;
            // No faster than the one that reads, or it would be cut as well.
            server.until("it is read", |_| received.load(Ordering::Relaxed) == sent);
        }
        server.publish("news", "last", "1");
        reader.join().unwrap();
    });
    assert!(server.noted(json!({ "notice": "tooSlow" })));
    loop {
        match slow.socket.read() {
            Ok(Message::Text(_)) => {}
            Ok(other) => panic!("no clean end is possible: {other:?}"),
            Err(_) => break,
        }
    }
}

#[test]
fn an_event_longer_than_what_may_wait_reaches_who_reads() {
    let options = AppOptions {
        limits: Limits {
            data_bytes: 16 << 20,
            ..Limits::default()
        },
        ..app_options()
    };
    let server = serve_with(ListenOptions {
        apps: vec![app_with(options)],
        ..ListenOptions::default()
    });
    let mut client = server.client();
    client.subscribe("news");
    server.publish("news", "long", &"x".repeat(8 << 20));
    server.publish("news", "short", "1");
    assert_eq!(client.receive().matches('x').count(), 8 << 20);
    assert!(client.receive().contains("short"));
}

#[test]
fn a_flood_of_tiny_frames_keeps_nobody_else_waiting() {
    let server = serve();
    let mut flood = server.client();
    let mut other = server.client();
    let stream = flood.socket.get_mut();
    let frame = masked(0x81, br#"{"event":"pusher:pong"}"#);
    let answered = std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let mut reader = stream.try_clone().unwrap();
            stream.write_all(&frame.repeat(100_000)).unwrap();
            stream.write_all(&masked(0x89, b"done?")).unwrap();
            assert_eq!(read_frame(&mut reader), (0x8a, b"done?".into()));
        });
        let mut answered = 0;
        while !sender.is_finished() {
            other.send(r#"{"event":"pusher:ping"}"#);
            assert_eq!(other.receive(), PONG);
            answered += 1;
        }
        answered
    });
    assert!(answered > 100, "{answered} answers meanwhile");
}
