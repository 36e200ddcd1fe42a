//! TLS, which somebody in front takes off: what is handed over, and what comes back.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use pushrig::broker::AppOptions;
use pushrig::gateway::{ListenOptions, TlsFront};

use serde_json::json;

use super::support::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// The beginning of a handshake.
const HELLO: &[u8] = b"\x16\x03\x01 hello";

/// A gateway whose app demands TLS, and its front.
fn serve_with_front() -> (Server, TcpListener) {
    let front = TcpListener::bind("127.0.0.1:0").unwrap();
    let options = AppOptions {
        force_tls: true,
        ..app_options()
    };
    let server = serve_with(ListenOptions {
        apps: vec![app_with(options)],
        tls: Some(TlsFront {
            port: front.local_addr().unwrap().port(),
            secret: SECRET.to_owned(),
        }),
        drain: Duration::from_secs(3_600),
        ..ListenOptions::default()
    });
    (server, front)
}

/// A client that begins a handshake, and its connection as the front has it.
fn handed_over(server: &Server, front: &TcpListener) -> (TcpStream, TcpStream) {
    let mut client = server.dial();
    client.write_all(HELLO).unwrap();
    let (mut handed, _) = front.accept().unwrap();
    let mut hello = [0; HELLO.len()];
    handed.read_exact(&mut hello).unwrap();
    assert_eq!(hello, HELLO);
    (client, handed)
}

/// A connection that comes back with this secret, from this port.
fn back(server: &Server, secret: &str, port: u16) -> TcpStream {
    let mut stream = server.dial();
    let request = upgrade_request("/app/key?protocol=7");
    let preface = format!("\0pushrig-tls {secret} {port:05}\n{request}");
    stream.write_all(preface.as_bytes()).unwrap();
    stream
}

#[test]
fn a_connection_by_tls_comes_back_from_the_front_as_a_secure_one() {
    let (server, front) = serve_with_front();
    let mut plain = server.client_at("/app/key?protocol=7");
    assert_eq!(plain.closed().0, 4000);
    let (mut client, mut handed) = handed_over(&server, &front);
    let mut decrypted = back(&server, SECRET, handed.peer_addr().unwrap().port());
    assert!(read_head(&mut decrypted).starts_with("http/1.1 101 "));
    server.until("it is connected", |server| {
        server.gateway.connection_count() == 1
    });
    // What the front has to say reaches the client, and the other way round.
    handed.write_all(b"certificate").unwrap();
    let mut answer = [0; 11];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"certificate");
    drop(client);
    assert_eq!(until_closed(&mut handed), b"");
}

#[test]
fn only_the_front_brings_connections_back_and_only_those_that_it_has() {
    let (server, front) = serve_with_front();
    let (client, handed) = handed_over(&server, &front);
    let port = handed.peer_addr().unwrap().port();
    let wrong = "0123456789abcdef0123456789abcdeX";
    for (what, secret, port) in [
        ("another secret", wrong, port),
        ("no secret", &" ".repeat(32), port),
        ("a port that nothing came from", SECRET, port ^ 1),
    ] {
        let mut stream = back(&server, secret, port);
        assert_eq!(until_closed(&mut stream), b"", "{what}");
    }
    assert!(read_head(&mut back(&server, SECRET, port)).starts_with("http/1.1 101 "));
    drop((client, handed));
    server.until("it is forgotten", |server| {
        !matches!(back(server, SECRET, port).read(&mut [0]), Ok(1))
    });
}

#[test]
fn a_preface_may_come_byte_by_byte() {
    let (server, front) = serve_with_front();
    let (_client, handed) = handed_over(&server, &front);
    let port = handed.peer_addr().unwrap().port();
    let request = upgrade_request("/app/key?protocol=7");
    let mut stream = server.dial();
    for byte in format!("\0pushrig-tls {SECRET} {port:05}\n{request}").bytes() {
        stream.write_all(&[byte]).unwrap();
    }
    assert!(read_head(&mut stream).starts_with("http/1.1 101 "));
}

#[test]
fn without_a_front_the_log_says_once_what_would_help() {
    let server = serve();
    for _ in 0..3 {
        let mut client = server.dial();
        client.write_all(HELLO).unwrap();
        let said = until_closed(&mut client);
        assert!(said.starts_with(b"HTTP/1.1 400 "), "{said:?}");
    }
    let why = "a client speaks TLS (https or wss), and this gateway has no certificate";
    assert!(server.noted(json!({ "notice": "turnedAway", "given": "TLS", "text": why })));
    assert_eq!(server.entries().len(), 1, "{:?}", server.entries());
    // Nobody comes back without a front.
    assert_eq!(until_closed(&mut back(&server, SECRET, 1)), b"");
}

#[test]
fn a_closing_gateway_waits_until_answers_have_left_and_not_for_clients() {
    let (server, front) = serve_with_front();
    // Browsers connect ahead, and keep connections for later.
    let (_idle, _kept) = handed_over(&server, &front);
    let (mut client, mut handed) = handed_over(&server, &front);
    let mut decrypted = back(&server, SECRET, handed.peer_addr().unwrap().port());
    assert!(read_head(&mut decrypted).starts_with("http/1.1 101 "));
    server.until("it is connected", |server| {
        server.gateway.connection_count() == 1
    });
    std::thread::scope(|scope| {
        let closing = scope.spawn(|| server.gateway.close(4200));
        let mut said = Vec::new();
        while !said.windows(2).any(|pair| pair == b"\x10\x68") {
            let mut byte = [0];
            decrypted.read_exact(&mut byte).unwrap();
            said.push(byte[0]);
        }
        decrypted.write_all(&masked(0x88, b"\x10\x68")).unwrap();
        until_closed(&mut decrypted);
        assert!(!closing.is_finished());
        handed.write_all(b"goodbye").unwrap();
        drop(handed);
        closing.join().unwrap();
    });
    assert_eq!(until_closed(&mut client), b"goodbye");
}
