//! What a gateway says is on its way, to whoever waits for quiet.

use std::io::Write;

use pushrig::broker::UnderWay;
use pushrig::gateway::ListenOptions;

use crate::support::{Server, app, app_options, app_with, read_reply, serve, serve_with, signed};

const EVENT: &str = r#"{"name":"e","channel":"news","data":"1"}"#;

fn under_way(server: &Server) -> UnderWay {
    server.app.lock().under_way()
}

#[test]
fn a_request_is_under_way_from_its_head_to_its_answer() {
    let server = serve();
    assert_eq!(under_way(&server), UnderWay::default());
    let mut stream = server.dial();
    let head = signed("POST", "/apps/3/events", "", EVENT);
    let (start, rest) = EVENT.split_at(5);
    stream
        .write_all(format!("{head}\r\n{start}").as_bytes())
        .unwrap();
    server.until("it is being answered", |server| {
        under_way(server).requests.first == ["POST /apps/3/events"]
    });
    stream.write_all(rest.as_bytes()).unwrap();
    assert_eq!(read_reply(&mut stream).status, 200);
    server.until("it was answered", |server| {
        under_way(server) == UnderWay::default()
    });
}

#[test]
fn a_request_is_no_business_of_another_app() {
    let other = app_with(pushrig::broker::AppOptions {
        id: "4".to_owned(),
        key: "other".to_owned(),
        ..app_options()
    });
    let server = serve_with(ListenOptions {
        apps: vec![app(), other.clone()],
        ..ListenOptions::default()
    });
    let mut stream = server.dial();
    let head = signed("POST", "/apps/3/events", "", EVENT);
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    server.until("it is being answered", |server| {
        under_way(server).requests.count == 1
    });
    assert_eq!(other.lock().under_way(), UnderWay::default());
}

#[test]
fn what_a_socket_does_not_read_is_under_way_until_it_does() {
    let server = serve_with(ListenOptions {
        send_buffer: Some(4_096),
        ..ListenOptions::default()
    });
    let mut slow = server.client();
    slow.subscribe("news");
    let data = "x".repeat(10_000);
    let mut sent = 0;
    while under_way(&server).sockets.first != [slow.socket_id.as_str()] {
        server.publish("news", "more", &data);
        sent += 1;
        server.until("it has left the channel", |server| {
            under_way(server).channels.count == 0
        });
    }
    for _ in 0..sent {
        assert!(slow.receive().contains("more"));
    }
    server.until("it was read", |server| {
        under_way(server) == UnderWay::default()
    });
}

#[test]
fn nothing_is_under_way_at_a_gateway_that_was_closed() {
    let server = serve();
    let mut stream = server.dial();
    let head = signed("POST", "/apps/3/events", "", EVENT);
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    server.until("it is being answered", |server| {
        under_way(server).requests.count == 1
    });
    server.gateway.close(4200);
    assert_eq!(under_way(&server), UnderWay::default());
}
