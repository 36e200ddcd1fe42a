//! A gateway under made-up traffic: whatever strangers send, nothing panics, answers are answers, and
//! everyone else keeps being served.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;
use pushrig::gateway::ListenOptions;
use pushrig::protocol::signature::md5_hex;

use super::support::*;

/// Enough to meet what is likely to be wrong, few enough for every run of the tests.
const CASES: u32 = 1_000;
/// How many times as many when it runs for long.
const LONG: u32 = 200;

const GATEWAY: &str = "fuzzed-gateway";

/// How often something has panicked on a gateway's thread.
fn panics() -> usize {
    static HOOK: Once = Once::new();
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if thread::current().name() == Some(GATEWAY) {
                PANICS.fetch_add(1, Ordering::Relaxed);
            }
            before(panic);
        }));
    });
    PANICS.load(Ordering::Relaxed)
}

/// Runs `case` on values of `strategy` against one gateway, with a client that has to be served after
/// each of them.
fn with_gateway<S: Strategy>(
    strategy: S,
    case: impl Fn(&Server, S::Value) -> Result<(), TestCaseError>,
) {
    let before = panics();
    let server = serve_with(ListenOptions {
        thread_name: GATEWAY.to_owned(),
        max_message_bytes: 10_000,
        max_body_bytes: 100_000,
        ..ListenOptions::default()
    });
    let watcher = parking_lot::Mutex::new(server.client());
    watcher.lock().subscribe("watched");
    let config = ProptestConfig {
        cases: match std::env::var_os("PUSHRIG_LONG") {
            Some(_) => LONG * CASES,
            None => CASES,
        },
        // The longer it runs, the more of what is made up is none that is meant.
        max_global_rejects: u32::MAX,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    TestRunner::new(config)
        .run(&strategy, |value| {
            case(&server, value)?;
            server.publish("watched", "still", "1");
            let heard = watcher.lock().receive();
            prop_assert!(heard.contains(r#""event":"still""#), "{heard}");
            prop_assert_eq!(panics(), before);
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    server.until("only the watcher is left", |server| {
        server.gateway.connection_count() == 1
    });
}

/// Sends `bytes` in pieces and answers everything that comes back until the other side is done.
fn converse(server: &Server, bytes: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut stream = server.dial();
    let mut cuts = cuts.iter().cycle();
    let mut rest = bytes;
    while !rest.is_empty() {
        let size = cuts
            .next()
            .map_or(rest.len(), |cut| (*cut).clamp(1, rest.len()));
        let (piece, later) = rest.split_at(size);
        // The gateway may have had enough.
        if stream.write_all(piece).is_err() {
            break;
        }
        rest = later;
    }
    let _ = stream.shutdown(Shutdown::Write);
    drain(&mut stream)
}

fn drain(stream: &mut TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    let mut buffer = [0; 4_096];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        answer.extend(&buffer[..read]);
    }
    answer
}

fn damage(bytes: &mut Vec<u8>, damages: &[(Index, u8, u8)]) {
    for (at, kind, byte) in damages {
        if bytes.is_empty() {
            return;
        }
        let at = at.index(bytes.len());
        match kind % 4 {
            0 => bytes[at] ^= byte | 1,
            1 => bytes.truncate(at),
            2 => bytes.insert(at, *byte),
            _ => drop(bytes.remove(at)),
        }
    }
}

fn damages() -> impl Strategy<Value = Vec<(Index, u8, u8)>> {
    vec((any::<Index>(), any::<u8>(), any::<u8>()), 0..4)
}

fn target() -> impl Strategy<Value = String> {
    let known = select(vec![
        "/",
        "/health",
        "/apps/3/events",
        "/apps/3/batch_events",
        "/apps/3/channels",
        "/apps/3/channels/presence-a/users",
        "/apps/3/users/u/terminate_connections",
        "/app/key",
        "/app/key/1/session/xhr",
        "/app/key/1/session/xhr_streaming",
        "/app/key/1/session/xhr_send",
        "/pusher/auth",
        "/pusher/user-auth",
        "/sockjs/info",
        "/timeline/v2",
        "*",
        "http://other/apps/3",
    ]);
    let noise = "(/[ -~]{0,6}){1,4}(\\?[ -~]{0,20})?";
    let query = "(\\?([a-z_\\[\\]]{0,9}=?(%[0-9a-fA-F]{0,2}|[!-~]){0,6}&?){0,4})?";
    prop_oneof![3 => (known, query).prop_map(|(path, query)| format!("{path}{query}")), 1 => noise]
}

fn header() -> impl Strategy<Value = String> {
    let known = select(vec![
        "Content-Length: 0",
        "Content-Length: 5",
        "Content-Length: -1",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity",
        "Connection: close",
        "Connection: Upgrade",
        "Connection: keep-alive, Upgrade",
        "Upgrade: websocket",
        "Upgrade: h2c",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Version: 8",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Extensions: permessage-deflate",
        "Expect: 100-continue",
        "Expect: nothing",
        "Content-Encoding: gzip",
        "Content-Type: text/plain",
        "Origin: null",
        "Access-Control-Request-Method: PUT",
        " folded: yes",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => "[!-9;-~]{1,9}: ?[ -~é]{0,30}"]
}

fn request() -> impl Strategy<Value = Vec<u8>> {
    let method = prop_oneof![
        5 => select(vec!["GET", "POST", "OPTIONS", "HEAD", "PUT", "DELETE", "CONNECT", "PRI"]).prop_map(str::to_owned),
        1 => "[!-~]{0,9}",
    ];
    let version = select(vec![
        "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "",
    ]);
    let body = prop_oneof![
        Just(Vec::new()),
        "5\r\nhello\r\n0\r\n\r\n".prop_map(String::into_bytes),
        "[0-9a-fA-F]{0,17}(;x)?\r\n[a-z]{0,9}\r\n".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..60),
    ];
    (method, target(), version, vec(header(), 0..6), body).prop_map(
        |(method, target, version, headers, body)| {
            let mut head = format!("{method} {target} {version}\r\nHost: localhost\r\n");
            for header in headers {
                head.push_str(&header);
                head.push_str("\r\n");
            }
            [head.as_bytes(), b"\r\n", &body].concat()
        },
    )
}

#[test]
fn any_requests_are_answered_or_ended() {
    let requests = (vec(request(), 1..4), damages(), vec(1..200_usize, 0..4));
    with_gateway(requests, |server, (requests, damages, cuts)| {
        let mut bytes = requests.concat();
        damage(&mut bytes, &damages);
        let answer = converse(server, &bytes, &cuts);
        let shown = String::from_utf8_lossy(&answer).into_owned();
        prop_assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1."),
            "{shown}"
        );
        prop_assert!(!shown.contains("HTTP/1.1 5"), "{shown}");
        Ok(())
    });
}

/// As SDKs do it: everything but letters and digits.
fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[test]
fn whatever_is_asked_with_a_right_signature_is_never_called_a_wrong_one() {
    let path = prop_oneof![
        select(vec![
            "/channels",
            "/channels/a",
            "/channels/presence-a/users",
            "/nowhere"
        ])
        .prop_map(str::to_owned),
        "/channels/[!-~]{1,9}".prop_map(|path| path.replace(['?', '#', '%'], "x")),
        any::<String>().prop_map(|name| format!("/channels/{}", encoded(&name))),
    ];
    let parameters = vec(("[a-z]{1,8}(\\[\\])?", any::<String>()), 0..4);
    with_gateway((path, parameters), |server, (path, parameters)| {
        // Sorted after decoding and not before: `a[]` and `a` differ there.
        let mut pairs: Vec<(String, String)> = parameters;
        pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
        let text: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let reply = server.request("GET", &format!("/apps/3{path}"), &text.join("&"), "");
        prop_assert!(
            matches!(reply.status, 200 | 400 | 404 | 405),
            "{path} {text:?}: {reply:?}"
        );
        Ok(())
    });
}

#[test]
fn a_signature_that_is_changed_anywhere_is_wrong() {
    let changes = (any::<Index>(), 1..128_u8, select(vec!["GET", "POST"]));
    with_gateway(changes, |server, (at, bits, method)| {
        let body = if method == "POST" {
            r#"{"name":"e","data":"1","channels":["a"]}"#
        } else {
            ""
        };
        let path = if method == "POST" {
            "/apps/3/events"
        } else {
            "/apps/3/channels"
        };
        let head = signed(method, path, "", body);
        let (line, rest) = head.split_once(" HTTP/1.1").unwrap();
        let mut query = line.split_once('?').unwrap().1.as_bytes().to_vec();
        let at = at.index(query.len());
        query[at] ^= bits;
        let is_sound = query[at].is_ascii_graphic() && !b"#%+&\"<>\\^`{|}".contains(&query[at]);
        // Hexadecimal digits may be of either case.
        prop_assume!(is_sound && bits != 0x20);
        let query = String::from_utf8(query).unwrap();
        let request = format!("{method} {path}?{query} HTTP/1.1{rest}\r\n{body}");
        let reply = exchange(&mut server.dial(), request.as_bytes());
        prop_assert!(matches!(reply.status, 400 | 401), "{query}: {reply:?}");
        Ok(())
    });
}

#[test]
fn any_body_with_a_right_signature_is_taken_or_refused() {
    let json = prop_oneof![
        any::<String>(),
        "\\{(\"(name|data|channel|channels|batch|info|socket_id)\":(\"[a-z.0-9]{0,5}\"|\\[\\]|\\[\"a\"\\]|null|7|\\{\\}),?){0,5}\\}",
        (
            0..3_000_usize,
            select(vec!["[", "{\"data\":", "{\"batch\":["])
        )
            .prop_map(|(depth, open)| open.repeat(depth)),
    ];
    let path = select(vec![
        "/events",
        "/batch_events",
        "/users/u/terminate_connections",
        "/channels/a/events",
    ]);
    with_gateway((path, json), |server, (path, body)| {
        let reply = server.request("POST", &format!("/apps/3{path}"), "", &body);
        prop_assert!(
            matches!(reply.status, 200 | 202 | 400 | 413),
            "{path} {body}: {reply:?}"
        );
        // A body that is not what was signed is none.
        let head = signed("POST", &format!("/apps/3{path}"), "", "x");
        let changed = head.replace(
            "Content-Length: 1",
            &format!("Content-Length: {}", body.len()),
        );
        if md5_hex(&body) != md5_hex("x") {
            let request = format!("{changed}\r\n{body}");
            let reply = exchange(&mut server.dial(), request.as_bytes());
            prop_assert_eq!(reply.status, 401);
        }
        Ok(())
    });
}

fn frames() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        8 => select(vec![0x81_u8, 0x01, 0x00, 0x80, 0x89, 0x8a, 0x88]),
        1 => any::<u8>(),
    ];
    let text = select(vec![
        r#"{"event":"pusher:ping","data":{}}"#,
        r#"{"event":"pusher:pong"}"#,
        r#"{"event":"pusher:subscribe","data":{"channel":"watched"}}"#,
        r#"{"event":"pusher:subscribe","data":{"channel":"private-a","auth":"key:00"}}"#,
        r#"{"event":"pusher:subscribe","data":"{\"channel\":\"cache-a\"}"}"#,
        r#"{"event":"pusher:unsubscribe","data":{"channel":"watched"}}"#,
        r#"{"event":"client-e","channel":"watched","data":[[[]]]}"#,
        r#"{"event":"pusher:signin","data":{"auth":"key:00","user_data":"{}"}}"#,
    ]);
    let payload = prop_oneof![
        4 => text.prop_map(|text| text.as_bytes().to_vec()),
        1 => ".{0,40}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..130),
        1 => (1..400_usize).prop_map(|depth| format!(r#"{{"event":"client-e","channel":"a","data":{}"#, "[".repeat(depth)).into_bytes()),
    ];
    vec((first, payload), 0..8).prop_map(|frames| {
        frames
            .iter()
            .flat_map(|(first, payload)| masked(*first, payload))
            .collect()
    })
}

#[test]
fn any_frames_are_answered_or_end_their_connection() {
    let traffic = (frames(), damages(), vec(1..60_usize, 0..4));
    with_gateway(traffic, |server, (mut frames, damages, cuts)| {
        damage(&mut frames, &damages);
        let upgrade = upgrade_request("/app/key?protocol=7");
        let answer = converse(server, &[upgrade.as_bytes(), &frames].concat(), &cuts);
        prop_assert!(answer.starts_with(b"HTTP/1.1 101 "), "{answer:?}");
        prop_assert!(
            answer
                .windows(22)
                .any(|part| part == b"connection_established")
        );
        Ok(())
    });
}
