//! What happens in an app as server-sent events.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use pushrig::broker::AppOptions;
use pushrig::gateway::ListenOptions;
use pushrig::protocol::Limits;
use serde_json::{Value, json};

use super::support::*;

/// A reader of a stream.
struct Reader(BufReader<TcpStream>);

/// `id`, `event` and `data` of one message; comments are left out.
type Told = (u64, String, Value);

impl Reader {
    fn open(server: &Server, query: &str, headers: &str) -> Reader {
        let mut stream = server.dial();
        write!(
            stream,
            "GET /pushrig/v1/events?{query} HTTP/1.0\r\nHost: localhost\r\n{headers}\r\n"
        )
        .unwrap();
        let head = read_head(&mut stream);
        assert!(
            head.starts_with("http/1.0 200") || head.starts_with("http/1.1 200"),
            "{head}"
        );
        assert!(head.contains("content-type: text/event-stream"), "{head}");
        Reader(BufReader::new(stream))
    }

    /// The next message, `None` at the end.
    fn next(&mut self) -> Option<Told> {
        let (mut id, mut event, mut data) = (0, String::new(), Value::Null);
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("id", text)) => id = text.parse().unwrap(),
                Some(("event", text)) => event = text.to_owned(),
                Some(("data", text)) => data = serde_json::from_str(text).unwrap(),
                _ if line == "\n" && !event.is_empty() => return Some((id, event, data)),
                _ => {}
            }
        }
    }

    fn entry(&mut self) -> Value {
        let (id, event, data) = self.next().unwrap();
        assert_eq!(event, "entry", "{data}");
        assert_eq!(data["seq"], id);
        data
    }
}

fn small(entries: usize) -> Server {
    let limits = Limits {
        journal: entries,
        ..Limits::default()
    };
    serve_with(ListenOptions {
        apps: vec![app_with(AppOptions {
            limits,
            ..app_options()
        })],
        ..ListenOptions::default()
    })
}

#[test]
fn a_reader_gets_what_was_and_what_comes_and_goes_on_where_it_ended() {
    let server = serve();
    server.publish("news", "first", "1");
    let mut reader = Reader::open(&server, "", "");
    assert_eq!(reader.entry()["event"], "first");
    server.publish("news", "second", "2");
    let second = reader.entry();
    assert_eq!(
        (&second["event"], &second["data"]),
        (&json!("second"), &json!("2"))
    );
    drop(reader);
    server.publish("news", "third", "3");
    let latest = format!("Last-Event-ID: {}\r\n", second["seq"]);
    assert_eq!(
        Reader::open(&server, "after=0", &latest).entry()["event"],
        "third"
    );
    let query = format!("after={}", second["seq"]);
    assert_eq!(Reader::open(&server, &query, "").entry()["event"], "third");
}

#[test]
fn a_reader_gets_what_it_has_chosen() {
    let server = serve();
    let mut reader = Reader::open(
        &server,
        "channel=news&kinds=triggered&beginning=3&app=key",
        "",
    );
    let mut bare = Reader::open(&server, "app=3&data=false", "");
    server.publish("other", "e", "0");
    server.publish("news", "e", "12345");
    let entry = reader.entry();
    assert_eq!(
        (&entry["channel"], &entry["data"]),
        (&json!("news"), &json!("123"))
    );
    assert_eq!(bare.entry()["data"], Value::Null);
}

#[test]
fn a_new_page_and_what_is_forgotten_are_told() {
    let server = small(10);
    for number in 0..25 {
        server.publish("news", "e", &number.to_string());
    }
    let mut reader = Reader::open(&server, "", "");
    let (id, event, data) = reader.next().unwrap();
    assert_eq!(
        (id, event.as_str(), data),
        (15, "gap", json!({ "from": 1, "to": 15 }))
    );
    for seq in 16..=25 {
        assert_eq!(reader.entry()["seq"], seq);
    }
    server.app.lock().reset();
    let (id, event, data) = reader.next().unwrap();
    assert_eq!((event.as_str(), &data["start"]), ("reset", &json!(id)));
    server.publish("news", "after", "1");
    assert_eq!(reader.entry()["event"], "after");
    // Of another process: begins anew.
    let mut stranger = Reader::open(&server, "after=99999", "");
    assert_eq!(stranger.next().unwrap().1, "reset");
    assert_eq!(stranger.entry()["event"], "after");
}

#[test]
fn a_stream_ends_with_its_gateway_and_with_its_app() {
    let server = serve();
    let mut reader = Reader::open(&server, "", "");
    server.publish("news", "e", "1");
    reader.entry();
    server.gateway.close(4200);
    assert_eq!(reader.next(), None);

    let server = serve();
    let mut reader = Reader::open(&server, "", "");
    server.publish("news", "e", "1");
    reader.entry();
    let remains = server.app.lock().end(now());
    drop(remains);
    assert_eq!(reader.next(), None);
}

#[test]
fn several_readers_one_of_them_slow_get_each_of_twenty_thousand_events_once_or_a_gap() {
    let server = small(2_000);
    const EVENTS: u64 = 20_000;
    let data = format!("\"{}\"", "x".repeat(500));
    let slow = Reader::open(&server, "", "");
    let quick: Vec<_> = (0..3).map(|_| Reader::open(&server, "", "")).collect();
    let read = |mut reader: Reader| {
        let (mut seq, mut gaps) = (0, 0);
        while seq < EVENTS {
            let (id, event, data) = reader.next().unwrap();
            if event == "gap" {
                assert_eq!((&data["from"], &data["to"]), (&json!(seq + 1), &json!(id)));
                gaps += 1;
            } else {
                assert_eq!((event.as_str(), id), ("entry", seq + 1));
            }
            seq = id;
        }
        gaps
    };
    std::thread::scope(|scope| {
        let quick: Vec<_> = quick
            .into_iter()
            .map(|one| scope.spawn(|| read(one)))
            .collect();
        for _ in 0..EVENTS {
            server.publish("news", "e", &data);
        }
        for one in quick {
            one.join().unwrap();
        }
    });
    // It has read nothing so far: its socket was full, and the ring went on.
    assert!(read(slow) > 0);
}

#[test]
fn what_comes_in_quick_succession_comes_in_pieces_and_waits_for_no_quiet() {
    const EVENTS: u64 = 2_000;
    let server = small(10_000);
    let mut stream = server.dial();
    write!(
        stream,
        "GET /pushrig/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )
    .unwrap();
    let head = read_head(&mut stream);
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    let mut reader = BufReader::new(stream);
    let mut pieces = Vec::new();
    // It listens.
    pieces.push(chunk(&mut reader));
    let began = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..EVENTS {
                server.publish("news", "e", &number.to_string());
                std::thread::yield_now();
            }
        });
        let last = format!("id: {EVENTS}\n");
        while !pieces.last().unwrap().contains(&last) {
            pieces.push(chunk(&mut reader));
        }
    });
    // However slowly the events came: between two pieces it rests, unless one is full and more is there.
    let full = pieces.iter().filter(|piece| piece.len() >= 16 * 1024);
    let most = began.elapsed().as_millis() as usize / 15 + full.count() + 2;
    assert!(pieces.len() <= most, "{} pieces, {most}", pieces.len());
    let whole = pieces.concat();
    for seq in 1..=EVENTS {
        assert!(whole.contains(&format!("id: {seq}\nevent: entry\n")));
    }
}

/// A piece of a response, as it was written.
fn chunk(reader: &mut BufReader<TcpStream>) -> String {
    let mut size = String::new();
    reader.read_line(&mut size).unwrap();
    let mut bytes = vec![0; usize::from_str_radix(size.trim_end(), 16).unwrap() + 2];
    reader.read_exact(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn who_takes_nothing_is_cut_and_who_is_quiet_is_not() {
    let server = serve_with(ListenOptions {
        idle_timeout: Duration::from_millis(200),
        send_buffer: Some(4_096),
        ..ListenOptions::default()
    });
    let stuck = Reader::open(&server, "channel=busy", "");
    let mut quiet = Reader::open(&server, "channel=quiet", "");
    let data = format!("\"{}\"", "x".repeat(9_000));
    for _ in 0..2_000 {
        server.publish("busy", "e", &data);
    }
    // Cut: what its socket still holds comes, and then the end.
    server.until("the stuck one is cut", |server| {
        server.app.lock().journal().watcher_count() == 1
    });
    drop(stuck);
    server.publish("quiet", "e", "1");
    // It may have come late to look at what was not for it.
    let entry = std::iter::from_fn(|| quiet.next()).find(|(_, event, _)| event == "entry");
    assert_eq!(entry.unwrap().2["channel"], "quiet");
}
