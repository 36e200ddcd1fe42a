//! What sockets have done and got, as the journal of the app tells it.

use pushrig::broker::Selection;
use pushrig::gateway::ListenOptions;
use serde_json::{Value, json};

use crate::support::{Server, serve, serve_with};

fn page(server: &Server, selection: Value) -> Value {
    let selection: Selection = serde_json::from_value(selection).unwrap();
    serde_json::from_str(&server.app.lock().page(&selection)).unwrap()
}

/// Kinds of the entries, with who ended what where that is told.
fn kinds(server: &Server) -> Vec<String> {
    let page = page(server, json!({}));
    let entries = page["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| {
            let kind = entry["kind"].as_str().unwrap();
            match entry["by"].as_str() {
                Some(by) => format!("{kind} by {by}"),
                None => kind.to_owned(),
            }
        })
        .collect()
}

#[test]
fn a_socket_is_told_of_from_its_opening_to_its_end() {
    let server = serve();
    let mut client = server.client();
    client.subscribe("news");
    server.publish("news", "e", "1");
    client.socket.close(None).unwrap();
    server.until("it has gone", |server| {
        kinds(server)
            .last()
            .is_some_and(|kind| kind == "left by close")
    });
    assert_eq!(
        kinds(&server),
        [
            "connected",
            "subscribed",
            "triggered",
            "closed by client",
            "left by close"
        ]
    );
    let found = page(&server, json!({}));
    let [connected, _, triggered, ..] = found["entries"].as_array().unwrap().as_slice() else {
        panic!("{found}");
    };
    assert_eq!(connected["door"], "socket");
    assert_eq!(connected["transport"], "ws");
    assert_eq!(connected["connection"], client.socket_id.as_str());
    assert_eq!(connected["socketId"], client.socket_id.as_str());
    assert_eq!(
        (&triggered["subscribers"], &triggered["sockets"]),
        (&json!(1), &json!(1))
    );
}

#[test]
fn a_socket_that_the_gateway_ends_was_ended_by_the_service() {
    let server = serve();
    let client = server.client();
    server.gateway.close(4200);
    server.until("it has gone", |server| {
        kinds(server)
            .last()
            .is_some_and(|kind| kind.starts_with("closed"))
    });
    let found = page(&server, json!({ "kinds": ["closed"] }));
    let closed = &found["entries"][0];
    assert_eq!(closed["connection"], client.socket_id.as_str());
    assert_eq!(
        (&closed["by"], &closed["code"]),
        (&json!("service"), &json!(4200))
    );
}

#[test]
fn a_socket_has_taken_what_the_kernel_has() {
    let server = serve_with(ListenOptions {
        send_buffer: Some(4_096),
        ..ListenOptions::default()
    });
    let (mut slow, mut other) = (server.client(), server.client());
    slow.subscribe("news");
    other.subscribe("quiet");
    let data = "x".repeat(10_000);
    let slow_id = slow.socket_id.clone();
    let taken = |server: &Server| {
        server.until("it has left the channel", |server| {
            server.app.lock().under_way().channels.count == 0
        });
        page(server, json!({ "kinds": ["triggered"] }))["taken"].clone()
    };
    // What waits may still leave while acknowledgements are under way; not what has stayed over many more events.
    let (mut sent, mut stuck, mut times) = (0, json!({}), 0);
    while times < 20 {
        server.publish("news", "more", &data);
        sent += 1;
        let found = taken(&server);
        let has_stayed = found != json!({}) && found == stuck;
        times = if has_stayed { times + 1 } else { 0 };
        stuck = found;
    }
    // The next one is where the kernel had no room.
    let up_to = stuck[slow_id.as_str()].as_u64().unwrap();
    let found = page(&server, json!({ "kinds": ["triggered"] }));
    let entries = found["entries"].as_array().unwrap();
    let seqs: Vec<u64> = entries
        .iter()
        .map(|entry| entry["seq"].as_u64().unwrap())
        .collect();
    assert!(seqs.contains(&(up_to + 1)), "{up_to} {seqs:?}");
    assert_eq!(stuck, json!({ slow_id.as_str(): up_to }));
    for _ in 0..sent {
        assert!(slow.receive().contains("more"));
    }
    server.until("it has taken all", |server| {
        page(server, json!({}))["taken"] == json!({})
    });
}
