//! The doors of the control routes, and what is answered without anybody behind them.

use std::io::Write;
use std::sync::Arc;

use parking_lot::Mutex;
use proptest::prelude::*;
use pushrig::gateway::{ControlCall, Controller, ListenOptions};
use serde_json::{Value, json};

use super::support::*;

const TOKEN: &str = "a-token-that-nobody-guesses";
const LOCAL: &str = "Host: localhost:6001\r\n";
const NAMED: &str = "https://named.example";

type Heard = Arc<Mutex<Vec<ControlCall>>>;

/// A gateway whose control routes are heard of and never answered.
fn listening() -> (Server, Heard) {
    let heard = Heard::default();
    let calls = heard.clone();
    let controller: Controller = Arc::new(move |call| {
        calls.lock().push(call);
        true
    });
    let options = ListenOptions {
        token: TOKEN.to_owned(),
        origins: vec![NAMED.to_owned()],
        ..ListenOptions::default()
    };
    (serve_answering(options, Some(controller)), heard)
}

fn request(line: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("{line} HTTP/1.1\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
}

fn refused(server: &Server, request: &str) -> (u16, String, String) {
    let reply = exchange(&mut server.dial(), request.as_bytes());
    let body: Value = serde_json::from_str(&reply.body).unwrap_or_else(|_| panic!("{reply:?}"));
    let text = |name: &str| body["error"][name].as_str().unwrap().to_owned();
    assert!(!reply.body.contains(TOKEN) && !reply.body.contains(SECRET));
    (reply.status, text("code"), text("message"))
}

/// One for each kind of route.
const ROUTES: [&str; 5] = [
    "GET /pushrig",
    "GET /pushrig/v1/state",
    "GET /pushrig/v1/events",
    "POST /pushrig/v1/reset",
    "GET /pushrig/openapi.json",
];

#[test]
fn a_foreign_page_a_foreign_name_and_a_proxy_get_nowhere_at_any_route() {
    let (server, heard) = listening();
    let doors = [
        (
            format!("{LOCAL}Origin: https://evil.example\r\n"),
            403,
            "name what comes",
        ),
        (
            "Host: evil.example:6001\r\n".to_owned(),
            403,
            "does not go by the name evil.example",
        ),
        (
            format!("{LOCAL}Sec-Fetch-Site: cross-site\r\n"),
            403,
            "without saying which",
        ),
        (
            format!("{LOCAL}X-Forwarded-For: 10.0.0.1\r\n"),
            401,
            "it comes through a proxy",
        ),
        (
            format!("{LOCAL}Forwarded: for=10.0.0.1\r\n"),
            401,
            "it comes through a proxy",
        ),
        (
            format!("{LOCAL}Origin: {NAMED}\r\n"),
            401,
            "a page of https://named.example",
        ),
        (
            "Host: named.example\r\n".to_owned(),
            401,
            "not for localhost",
        ),
    ];
    for route in ROUTES {
        for (headers, status, why) in &doors {
            let (answered, code, message) = refused(&server, &request(route, headers, ""));
            assert_eq!(
                (answered, code.as_str()),
                (*status, "forbidden"),
                "{route} {headers}"
            );
            assert!(message.contains(why), "{message}");
        }
    }
    assert!(heard.lock().is_empty(), "{:?}", heard.lock());
}

#[test]
fn a_wrong_token_is_answered_as_none_is_and_the_right_one_opens() {
    let (server, heard) = listening();
    let through = format!("{LOCAL}X-Forwarded-For: 10.0.0.1\r\n");
    let with = |token: &str| format!("{through}Authorization: Bearer {token}\r\n");
    let none = refused(&server, &request("GET /pushrig/v1/state", &through, ""));
    let nearly = &TOKEN[..TOKEN.len() - 1];
    for wrong in [
        "",
        "x",
        nearly,
        &format!("{TOKEN}x"),
        "a-token-that-nobody-guessed",
    ] {
        let told = refused(&server, &request("GET /pushrig/v1/state", &with(wrong), ""));
        assert_eq!(told, none, "{wrong}");
    }
    let mut stream = server.dial();
    let right = request("GET /pushrig/v1/state", &with(TOKEN), "");
    stream.write_all(right.as_bytes()).unwrap();
    server.until("the request is heard of", |_| !heard.lock().is_empty());
}

#[test]
fn what_nobody_has_to_be_asked_for_is_refused_at_once() {
    let (server, heard) = listening();
    let cases = [
        ("PUT /pushrig/v1/events", "", 405, "wrong-method"),
        ("POST /pushrig/v1/events", "", 405, "wrong-method"),
        ("GET /pushrig/v2/state", "", 404, "unknown-version"),
        ("GET /pushrig/v0", "", 404, "unknown-version"),
        ("GET /pushrig/v1/events?app=nobody", "", 404, "unknown-app"),
        ("GET /pushrig/v1/events?after=-1", "", 400, "bad-request"),
        (
            "GET /pushrig/v1/events?kinds=triggered,nothing",
            "",
            400,
            "bad-request",
        ),
        ("GET /pushrig/v1/events?colour=red", "", 400, "bad-request"),
    ];
    for (line, body, status, code) in cases {
        let (answered, is, message) = refused(&server, &request(line, LOCAL, body));
        assert_eq!((answered, is.as_str()), (status, code), "{line}: {message}");
    }
    let reply = exchange(
        &mut server.dial(),
        request("POST /pushrig/v1/events", LOCAL, "").as_bytes(),
    );
    assert!(reply.head.contains("\r\nallow: get\r\n"), "{}", reply.head);
    let large = "x".repeat(1024 * 1024 + 1);
    let large = refused(&server, &request("POST /pushrig/v1/wait", LOCAL, &large));
    assert_eq!((large.0, large.1.as_str()), (413, "too-large"));
    let head = format!("POST /pushrig/v1/wait HTTP/1.1\r\n{LOCAL}Content-Length: 2\r\n\r\n");
    let mut bytes = head.into_bytes();
    bytes.extend([0xff, 0xfe]);
    let reply = exchange(&mut server.dial(), &bytes);
    assert_eq!(reply.status, 400);
    assert!(reply.body.contains("not UTF-8"), "{}", reply.body);
    assert!(heard.lock().is_empty(), "{:?}", heard.lock());
}

#[test]
fn a_gateway_that_nobody_answers_for_says_so() {
    let server = serve();
    let (status, code, _) = refused(&server, &request("GET /pushrig/v1/state", LOCAL, ""));
    assert_eq!((status, code.as_str()), (503, "unavailable"));
    assert!(server.noted(json!({ "kind": "request", "path": "/pushrig/v1/state", "code": 503 })));
}

#[test]
fn a_controller_that_panics_is_nobody_and_the_gateway_goes_on() {
    let panicking: Controller = Arc::new(|_| panic!("a mistake in a test"));
    let server = serve_answering(ListenOptions::default(), Some(panicking));
    for _ in 0..2 {
        let (status, code, _) = refused(&server, &request("GET /pushrig/v1/state", LOCAL, ""));
        assert_eq!((status, code.as_str()), (503, "unavailable"));
    }
    server.gateway.close(4200);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn made_up_targets_headers_and_bodies_are_answered_or_passed_on(
        method in "(GET|POST|PATCH|[A-Z]{1,8})",
        path in "(/v1|/v[0-9]{1,20}|)(/events|/state|/[!-~&&[^# ?]]{0,20}|)",
        query in "[!-~&&[^# ]]{0,40}",
        header in "[ -~]{0,60}",
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let controller: Controller = Arc::new(|_| false);
        let server = serve_answering(ListenOptions::default(), Some(controller));
        prop_assume!(method != "HEAD" && method != "CONNECT" && method != "OPTIONS");
        let mut bytes = request(
            &format!("{method} /pushrig{path}?{query}"),
            &format!("{LOCAL}Last-Event-ID: {header}\r\n"),
            "",
        ).replace("Content-Length: 0", &format!("Content-Length: {}", body.len())).into_bytes();
        bytes.extend(&body);
        let mut stream = server.dial();
        stream.write_all(&bytes).unwrap();
        let head = read_head(&mut stream);
        let is_stream = head.contains("text/event-stream");
        prop_assert!(head.starts_with("http/1.1 4") || head.starts_with("http/1.1 503") || is_stream, "{}", head);
    }
}
