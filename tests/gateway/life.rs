//! Beginnings and ends: of the gateway, and of silent clients.

use std::collections::HashSet;
use std::io::{ErrorKind, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pushrig::gateway::{Gateway, ListenOptions};
use tungstenite::Message;

use super::support::*;

const EVENT: &str = r#"{"name":"e","data":"1","channels":["news"]}"#;

/// Longer than a test may take.
const NEVER: Duration = Duration::from_secs(3_600);

#[test]
fn a_taken_port_is_an_error_that_names_it() {
    let server = serve();
    let port = server.gateway.port();
    let options = ListenOptions {
        port,
        ..ListenOptions::default()
    };
    let error = Gateway::listen(options, None, None)
        .map(|_| ())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert!(
        error
            .to_string()
            .contains(&format!("port {port} on 127.0.0.1 is in use")),
        "{error}"
    );
}

#[test]
fn a_port_is_free_again_after_close() {
    let server = serve();
    let port = server.gateway.port();
    server.client().socket.close(None).unwrap();
    server.gateway.close(4200);
    server.gateway.close(4200);
    let options = ListenOptions {
        port,
        apps: vec![app()],
        ..ListenOptions::default()
    };
    let again = Gateway::listen(options, None, None).unwrap();
    assert_eq!(again.port(), port);
}

#[test]
fn closing_says_goodbye_to_everybody_and_leaves_nothing() {
    let options = ListenOptions {
        thread_name: "close-test".to_owned(),
        drain: NEVER,
        ..ListenOptions::default()
    };
    let server = serve_with(options);
    let mut clients: Vec<Client> = (0..20).map(|_| server.client()).collect();
    clients[0].subscribe("news");
    assert_eq!(
        threads_named("close-test"),
        usize::from(cfg!(target_os = "linux"))
    );
    let mut keep_alive = server.dial();
    exchange(
        &mut keep_alive,
        b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    );
    let readers: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            std::thread::spawn(move || {
                let closed = client.closed();
                // The answer to the Close, then the end.
                assert!(client.socket.read().is_err());
                closed.0
            })
        })
        .collect();
    // Returns: nobody keeps it waiting.
    server.gateway.close(4100);
    for reader in readers {
        assert_eq!(reader.join().unwrap(), 4100);
    }
    assert_eq!(until_closed(&mut keep_alive), b"");
    assert_eq!(server.app.lock().subscriber_count("news"), 0);
    assert_eq!(server.gateway.connection_count(), 0);
    // It has told of its end itself, and has a few instructions to go.
    server.until("the thread is gone", |_| threads_named("close-test") == 0);
    assert!(std::net::TcpStream::connect(server.address()).is_err());
}

#[test]
fn what_was_sent_before_the_end_is_answered_and_no_more_is_asked_for() {
    const CLIENTS: usize = 40;
    let request = format!("{}\r\n{EVENT}", signed("POST", "/apps/3/events", "", EVENT));
    for _ in 0..10 {
        let server = serve();
        // Half of them come anew; the others have asked for something before.
        let mut clients: Vec<_> = (0..CLIENTS).map(|_| server.dial()).collect();
        for client in &mut clients[..CLIENTS / 2] {
            exchange(client, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        }
        clients.truncate(CLIENTS / 2);
        for client in &mut clients {
            client.write_all(request.as_bytes()).unwrap();
        }
        for _ in 0..CLIENTS / 2 {
            let mut client = server.dial();
            client.write_all(request.as_bytes()).unwrap();
            clients.push(client);
        }
        server.gateway.stop(4100, || {});
        for client in &mut clients {
            assert_eq!(read_reply(client).status, 200);
            assert_eq!(until_closed(client), b"");
        }
    }
}

#[test]
fn an_answer_of_a_gateway_that_closes_says_that_it_is_the_last() {
    let server = serve_with(ListenOptions {
        drain: NEVER,
        ..ListenOptions::default()
    });
    let mut client = server.dial();
    let request = format!("{}\r\n{EVENT}", signed("POST", "/apps/3/events", "", EVENT));
    let (before, rest) = request.split_at(request.len() - 5);
    client.write_all(before.as_bytes()).unwrap();
    server.until("the request is under way", |server| {
        server.app.lock().under_way().requests.count > 0
    });
    server.gateway.stop(4100, || {});
    server.until("the port is closed", |server| {
        std::net::TcpStream::connect(server.address()).is_err()
    });
    client.write_all(rest.as_bytes()).unwrap();
    let reply = read_reply(&mut client);
    assert_eq!(reply.status, 200);
    assert!(
        reply.head.contains("connection: close\r\n"),
        "{}",
        reply.head
    );
}

#[test]
fn clients_are_told_the_code_that_the_gateway_closes_with_in_both_ways() {
    for code in [
        4000, 4001, 4003, 4004, 4005, 4006, 4007, 4008, 4009, 4100, 4200, 4201, 4202,
    ] {
        let server = serve();
        let mut client = server.client();
        let reader = std::thread::spawn(move || {
            let error: serde_json::Value = serde_json::from_str(&client.receive()).unwrap();
            (error, client.closed())
        });
        server.gateway.close(code);
        let (error, (closed, reason)) = reader.join().unwrap();
        assert_eq!((&error["data"]["code"], closed), (&code.into(), code));
        assert_eq!(error["data"]["message"], reason);
    }
}

#[test]
fn clients_that_the_app_drops_are_told_the_code_in_both_ways() {
    let server = serve();
    let mut client = server.client();
    let mut cut = server.client();
    let [_, second] = server.app.lock().connection_ids()[..] else {
        panic!("two clients are connected");
    };
    let mut app = server.app.lock();
    // What a client sees as 1006 is no goodbye at all.
    app.drop_connection(second, 1006, "", 0);
    app.drop_all(4001, "The mock app was closed", 0);
    drop(app);
    let error: serde_json::Value = serde_json::from_str(&client.receive()).unwrap();
    assert_eq!(error["event"], "pusher:error");
    assert_eq!(
        error["data"],
        serde_json::json!({"code": 4001, "message": "The mock app was closed"})
    );
    assert_eq!(
        client.closed(),
        (4001, "The mock app was closed".to_owned())
    );
    assert!(cut.socket.read().is_err());
}

/// How many threads of this process have this name; none where Linux does not tell.
fn threads_named(name: &str) -> usize {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
        return 0;
    };
    threads
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("comm")).ok())
        .filter(|comm| comm.trim() == name)
        .count()
}

#[test]
fn closing_during_a_storm_ends_in_time() {
    let server = serve();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let Ok(mut stream) = std::net::TcpStream::connect(server.address()) else {
                        continue;
                    };
                    stream.set_read_timeout(Some(PATIENCE)).unwrap();
                    let subscribe = masked(
                        0x81,
                        br#"{"event":"pusher:subscribe","data":{"channel":"storm"}}"#,
                    );
                    let request = upgrade_request("/app/key?protocol=7");
                    let _ = stream.write_all(&[request.as_bytes(), &subscribe].concat());
                    let _ = stream.read(&mut [0; 4_096]);
                }
            });
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    server.publish("storm", "e", "1");
                }
            });
        }
        server.until("it blows", |server| {
            server.app.lock().subscriber_count("storm") > 0
        });
        let start = Instant::now();
        server.gateway.close(4200);
        over.store(true, Ordering::Relaxed);
        assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    });
    assert_eq!(server.gateway.connection_count(), 0);
    assert_eq!(server.app.lock().subscriber_count("storm"), 0);
}

#[test]
fn dropping_a_gateway_closes_it() {
    let server = serve();
    let address = server.address();
    let mut client = server.client();
    let reader = std::thread::spawn(move || client.closed().0);
    drop(server.gateway);
    assert_eq!(reader.join().unwrap(), 4200);
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn silent_clients_are_asked_and_then_dropped() {
    let options = ListenOptions {
        idle_ping: Some(Duration::from_millis(20)),
        pong_timeout: Duration::from_millis(500),
        ..ListenOptions::default()
    };
    let server = serve_with(options);
    // Every WebSocket of today knows pings, whichever Pusher protocol is spoken on it.
    for protocol in 5..=7 {
        let mut stream = server.dial();
        let request = upgrade_request(&format!("/app/key?protocol={protocol}"));
        stream.write_all(request.as_bytes()).unwrap();
        let conversation =
            String::from_utf8_lossy(&until_closed_after(&mut stream, b"\x10\x69")).into_owned();
        assert!(conversation.contains("\u{fffd}\0"), "{conversation:?}");
        assert!(conversation.contains(r#""code":4201"#), "{conversation:?}");
        assert!(!conversation.contains("pusher:ping"), "{conversation:?}");
    }
}

#[test]
fn a_client_of_an_old_protocol_that_answers_pings_and_says_nothing_else_is_kept() {
    let options = ListenOptions {
        idle_ping: Some(Duration::from_millis(20)),
        pong_timeout: Duration::from_millis(100),
        ..ListenOptions::default()
    };
    let server = serve_with(options);
    for protocol in 5..=7 {
        let mut client = server.client_at(&format!("/app/key?protocol={protocol}"));
        assert!(client.receive().contains("connection_established"));
        // By then it would have been cut.
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(300) {
            // tungstenite answers by itself.
            let message = client.socket.read().unwrap();
            assert!(matches!(message, Message::Ping(_)), "{message:?}");
        }
    }
}

/// Reads until `last` has come, then leaves.
fn until_closed_after(stream: &mut std::net::TcpStream, last: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(last) && !bytes.windows(last.len()).any(|window| window == last) {
        let mut buffer = [0; 1_024];
        let read = stream.read(&mut buffer).unwrap();
        assert_ne!(read, 0, "{:?}", String::from_utf8_lossy(&bytes));
        bytes.extend(&buffer[..read]);
    }
    bytes
}

#[test]
fn channels_and_sockets_return_to_the_base() {
    let server = serve();
    let sockets = || {
        std::fs::read_dir("/proc/self/fd")
            .map(Iterator::count)
            .unwrap_or(0)
    };
    let round = || {
        let mut clients: Vec<Client> = (0..50).map(|_| server.client()).collect();
        let ids: HashSet<_> = clients
            .iter()
            .map(|client| client.socket_id.clone())
            .collect();
        assert_eq!(ids.len(), 50);
        for (number, client) in clients.iter_mut().enumerate() {
            client.subscribe(&format!("channel-{}", number % 5));
            client.subscribe("all");
        }
        server.publish("all", "e", "1");
        for client in &mut clients {
            assert!(client.receive().contains(r#""event":"e""#));
            if client.socket_id.ends_with(['1', '3', '5', '7', '9']) {
                let _ = client.socket.close(None);
            }
        }
        drop(clients);
        server.until("all are gone", |server| {
            server.gateway.connection_count() == 0
        });
    };
    round();
    // Other tests of this process open and close sockets as well: one quiet moment is enough.
    let base = sockets();
    for _ in 0..5 {
        round();
    }
    server.until("the base is reached", |server| {
        server.gateway.channel_count() == 0 && server.gateway.is_idle()
    });
    server.until("sockets are closed", |_| sockets() <= base + 60);
    assert_eq!(server.app.lock().subscriber_count("all"), 0);
}

#[test]
fn ten_thousand_messages_of_one_client_are_all_answered() {
    let server = serve();
    let mut client = server.client();
    let ping = masked(0x81, br#"{"event":"pusher:ping","data":{}}"#);
    let mut writer = client.socket.get_ref().try_clone().unwrap();
    let sender = std::thread::spawn(move || {
        for _ in 0..100 {
            writer.write_all(&ping.repeat(100)).unwrap();
        }
    });
    for _ in 0..10_000 {
        assert!(matches!(client.socket.read(), Ok(Message::Text(text)) if text.contains("pong")));
    }
    sender.join().unwrap();
}

#[test]
fn a_client_that_has_not_asked_for_anything_does_not_keep_a_closing_gateway_waiting() {
    let server = serve_with(ListenOptions {
        drain: NEVER,
        ..ListenOptions::default()
    });
    // As browsers open them, in case something will be asked for.
    let mut silent = server.dial();
    let mut stuck = server.dial();
    stuck.write_all(b"GET /hea").unwrap();
    // Accepted in this order: then the two above are as well.
    server.client();
    server.gateway.close(4200);
    assert_eq!(until_closed(&mut silent), b"");
    assert_eq!(until_closed(&mut stuck), b"");
}

#[test]
fn a_client_that_goes_on_talking_after_the_goodbye_is_cut() {
    let server = serve();
    let mut stream = server.dial();
    stream
        .write_all(upgrade_request("/app/key?protocol=7").as_bytes())
        .unwrap();
    // A sign-in that ends the connection with 4009.
    let signin = masked(
        0x81,
        br#"{"event":"pusher:signin","data":{"auth":"key:0","user_data":"{}"}}"#,
    );
    stream.write_all(&signin).unwrap();
    until_closed_after(&mut stream, b"4009");
    stream
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let start = Instant::now();
    while server.gateway.connection_count() > 0 {
        assert!(start.elapsed() < PATIENCE, "it is still connected");
        let _ = stream.write_all(&masked(0x89, b"hello?"));
        let _ = stream.read(&mut [0; 1_024]);
    }
}
