//! Everybody sees one order, whatever happens around it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use pushrig::gateway::ListenOptions;
use pushrig::protocol::ClientFrame;
use serde_json::Value;

use super::support::*;

const PUBLISHERS: usize = 4;
const EVENTS: usize = 600;
const SUBSCRIBERS: usize = 12;

/// Sender and number of an event.
fn read_event(text: &str) -> Option<(usize, usize)> {
    let frame: Value = serde_json::from_str(text).unwrap();
    if frame["event"] != "numbered" {
        return None;
    }
    let data = frame["data"].as_str().unwrap();
    let mut parts = data.split(' ');
    Some((
        parts.next()?.parse().unwrap(),
        parts.next()?.parse().unwrap(),
    ))
}

/// Several threads publish at once, some events except their sender, while others join and leave.
fn check(send_buffer: Option<u32>) {
    let options = ListenOptions {
        send_buffer,
        max_queued_bytes: 64 << 20,
        max_queued_writes: 1 << 20,
        ..ListenOptions::default()
    };
    let server = serve_with(options);
    let mut subscribers: Vec<Client> = (0..SUBSCRIBERS).map(|_| server.client()).collect();
    for subscriber in &mut subscribers {
        subscriber.subscribe("order");
    }
    let ids: Vec<String> = subscribers
        .iter()
        .map(|client| client.socket_id.clone())
        .collect();
    let over = AtomicBool::new(false);
    let visits = AtomicUsize::new(0);
    let server = &server;
    let orders: Vec<Vec<(usize, usize)>> = thread::scope(|scope| {
        for (publisher, except) in ids.iter().enumerate().take(PUBLISHERS) {
            scope.spawn(move || {
                for number in 0..EVENTS {
                    // Every third leaves out the subscriber that belongs to this publisher.
                    let except = (number % 3 == 0).then_some(except.as_str());
                    let data = format!("{publisher} {number} {}", "x".repeat(number % 700));
                    server.publish_except("order", "numbered", &data, except);
                }
            });
        }
        for _ in 0..2 {
            // Comes and goes: what is still heard after the acknowledgement has no gap.
            scope.spawn(|| {
                let mut visitor = server.client();
                while !over.load(Ordering::Relaxed) {
                    visitor.send(visitor.subscription("order", None));
                    while !visitor.receive().contains("subscription_succeeded") {}
                    let mut last: HashMap<usize, usize> = HashMap::new();
                    visitor.send(r#"{"event":"pusher:unsubscribe","data":{"channel":"order"}}"#);
                    visitor.send(r#"{"event":"pusher:subscribe","data":{"channel":"aside"}}"#);
                    loop {
                        let text = visitor.receive();
                        if let Some((publisher, number)) = read_event(&text) {
                            let before = last.insert(publisher, number);
                            assert!(
                                before.is_none_or(|before| before + 1 == number),
                                "{before:?} {text}"
                            );
                        } else if text.contains("subscription_succeeded") {
                            break;
                        }
                    }
                    visitor.send(r#"{"event":"pusher:unsubscribe","data":{"channel":"aside"}}"#);
                    visits.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let readers: Vec<_> = subscribers
            .iter_mut()
            .enumerate()
            .map(|(reader, client)| {
                scope.spawn(move || {
                    let excepted = if reader < PUBLISHERS {
                        EVENTS.div_ceil(3)
                    } else {
                        0
                    };
                    let mut seen = Vec::new();
                    while seen.len() < PUBLISHERS * EVENTS - excepted {
                        seen.push(read_event(&client.receive()).expect("nothing but events"));
                    }
                    seen
                })
            })
            .collect();
        let orders = readers
            .into_iter()
            .map(|reader| reader.join().unwrap())
            .collect();
        server.until("visitors came", |_| visits.load(Ordering::Relaxed) > 1);
        over.store(true, Ordering::Relaxed);
        orders
    });
    let whole = &orders[SUBSCRIBERS - 1];
    for publisher in 0..PUBLISHERS {
        let numbers: Vec<usize> = whole
            .iter()
            .filter(|seen| seen.0 == publisher)
            .map(|seen| seen.1)
            .collect();
        assert_eq!(numbers, (0..EVENTS).collect::<Vec<_>>());
    }
    for (reader, order) in orders.iter().enumerate() {
        let expected = whole
            .iter()
            .filter(|(from, number)| *from != reader || number % 3 != 0);
        assert!(
            order.iter().eq(expected),
            "subscriber {reader} saw another order"
        );
    }
}

#[test]
fn several_publishers_at_once() {
    check(None);
}

#[test]
fn several_publishers_at_once_through_full_sockets() {
    check(Some(4_096));
}

#[test]
fn an_acknowledgement_comes_between_what_was_published_before_and_after() {
    let server = serve();
    // Enough subscribers for a fan-out that takes its time.
    let mut crowd: Vec<Client> = (0..150).map(|_| server.client()).collect();
    let mut client = server.client();
    for member in crowd.iter_mut().chain([&mut client]) {
        member.subscribe("busy");
    }
    let subscribe = client.subscription("busy", None);
    for _ in 0..20 {
        let mut app = server.app.lock();
        let channel = app.channel_id("busy").unwrap();
        let id = app.connection_with_socket(&client.socket_id).unwrap();
        for name in ["one", "two", "three"] {
            app.publish_to(channel, name, "1", None, None, now())
                .unwrap();
        }
        app.unsubscribe_trusted(id, "busy", now());
        app.publish_to(channel, "unheard", "1", None, None, now())
            .unwrap();
        app.receive(id, ClientFrame::parse(&subscribe), now());
        app.publish_to(channel, "four", "1", None, None, now())
            .unwrap();
        drop(app);
        for expected in ["one", "two", "three", "subscription_succeeded", "four"] {
            let text = client.receive();
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }
    for member in &mut crowd {
        for expected in ["one", "two", "three", "unheard", "four"]
            .iter()
            .cycle()
            .take(100)
        {
            assert!(member.receive().contains(expected));
        }
    }
}

#[test]
fn a_crowd_gets_every_event_and_keeps_nobody_else_waiting() {
    let server = serve();
    let mut crowd: Vec<Client> = (0..300).map(|_| server.client()).collect();
    for member in &mut crowd {
        member.subscribe("busy");
    }
    for number in 0..50 {
        server.publish("busy", "e", &number.to_string());
    }
    // A question on another connection is answered while the fan-out runs or after, never lost.
    let mut other = server.client();
    other.subscribe("aside");
    for member in &mut crowd {
        for number in 0..50 {
            let expected = format!(r#"{{"event":"e","channel":"busy","data":"{number}"}}"#);
            assert_eq!(member.receive(), expected);
        }
    }
}
