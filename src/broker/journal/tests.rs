use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::broker::journal::state::State;
use crate::broker::test_outlet::{TestOutlet, World};
use crate::broker::{App, ConnectionId, Door, Outlet, Publication};
use crate::protocol::ClientFrame;

fn page(app: &mut App, selection: Value) -> Value {
    let selection: Selection = serde_json::from_value(selection).unwrap();
    serde_json::from_str(&app.page(&selection)).unwrap()
}

/// The entries since the reset, without what differs from run to run.
fn entries(app: &mut App) -> Vec<Value> {
    let page = page(app, json!({ "state": false }));
    let entries = page["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| {
            let mut entry = entry.clone();
            let fields = entry.as_object_mut().unwrap();
            fields.remove("t");
            fields.remove("socketId");
            entry
        })
        .collect()
}

/// A mock client with its number.
fn open(app: &mut App, outlet: &Arc<TestOutlet>, client: u32, label: Option<&str>) -> ConnectionId {
    let how = Coming {
        door: Door::Process,
        client,
        label,
        transport: None,
        gateway: 0,
    };
    let opened = app.open_as(&outlet.shared(), None, &how, 0).unwrap();
    outlet.take(opened);
    opened
}

fn note(app: &mut App, note: Value) -> u64 {
    app.note(serde_json::from_value(note).unwrap());
    app.journal().last()
}

#[test]
fn what_happens_is_written_down_once_in_its_order_with_its_cause() {
    let mut world = World::new();
    let ada = open(&mut world.app, &world.outlet.clone(), 7, Some("ada"));
    let bob = world.member("presence-a", r#""bob""#);
    world.subscribe(ada, "presence-a", Some(r#"{"user_id":"ada"}"#));
    world.publish("presence-a", "hello", r#"{"n":1}"#);
    world.send(
        bob,
        r#"{"event":"client-hi","channel":"presence-a","data":{"n":2}}"#,
    );
    world.send(
        ada,
        r#"{"event":"pusher:unsubscribe","data":{"channel":"presence-a"}}"#,
    );
    world.app.drop_connection(bob, 4200, "come back", 0);
    let (ada, bob) = ("mock-connection-1", "mock-connection-2");
    assert_eq!(
        entries(&mut world.app),
        [
            json!({"seq":1,"kind":"connected","connection":ada,"client":7,"door":"process","name":"ada"}),
            json!({"seq":2,"kind":"connected","connection":bob,"door":"process"}),
            json!({"seq":3,"kind":"subscribed","connection":bob,"channel":"presence-a","user":"bob"}),
            json!({"seq":4,"kind":"member-added","cause":3,"connection":bob,"channel":"presence-a","user":"bob"}),
            json!({"seq":5,"kind":"subscribed","connection":ada,"client":7,"channel":"presence-a","user":"ada"}),
            json!({"seq":6,"kind":"member-added","cause":5,"connection":ada,"client":7,"channel":"presence-a","user":"ada"}),
            json!({"seq":7,"kind":"triggered","channel":"presence-a","event":"hello","data":"{\"n\":1}","bytes":7,"subscribers":2,"sockets":0}),
            json!({"seq":8,"kind":"client-event","connection":bob,"channel":"presence-a","event":"client-hi","data":"{\"n\":2}","bytes":7,"subscribers":2,"sockets":0,"user":"bob"}),
            json!({"seq":9,"kind":"left","connection":ada,"client":7,"channel":"presence-a","by":"unsubscribe"}),
            json!({"seq":10,"kind":"member-removed","cause":9,"connection":ada,"client":7,"channel":"presence-a","user":"ada"}),
            json!({"seq":11,"kind":"closed","connection":bob,"code":4200,"by":"service","text":"come back"}),
            json!({"seq":12,"kind":"left","cause":11,"connection":bob,"channel":"presence-a","by":"close"}),
            json!({"seq":13,"kind":"member-removed","cause":12,"connection":bob,"channel":"presence-a","user":"bob"}),
        ]
    );
}

#[test]
fn a_member_comes_with_what_is_said_of_it_and_the_line_that_subscribed() {
    let mut world = World::new();
    let ada = open(&mut world.app, &world.outlet.clone(), 7, None);
    let bob = open(&mut world.app, &world.outlet.clone(), 8, None);
    let line = line::number("src/room.ts:3:5");
    note(
        &mut world.app,
        json!({"kind":"subscribing","client":7,"channel":"presence-a","line":line}),
    );
    let info = r#"{"name":"Ada €"}"#;
    let data = format!(r#"{{"user_id":"ada","user_info":{info}}}"#);
    world.subscribe(ada, "presence-a", Some(&data));
    world.subscribe(bob, "presence-a", Some(r#"{"user_id":"bob"}"#));
    let (one, two) = ("mock-connection-1", "mock-connection-2");
    let found = entries(&mut world.app);
    assert_eq!(
        found
            .iter()
            .filter(|entry| entry["kind"] == "member-added")
            .collect::<Vec<_>>(),
        [
            &json!({"seq":5,"kind":"member-added","cause":4,"connection":one,"client":7,"channel":"presence-a","user":"ada","data":info,"bytes":18,"at":"src/room.ts:3:5"}),
            &json!({"seq":7,"kind":"member-added","cause":6,"connection":two,"client":8,"channel":"presence-a","user":"bob"}),
        ]
    );
    // As events, and as little as is asked for.
    let of = |app: &mut App, selection: Value| page(app, selection)["entries"][0].clone();
    let about = json!({ "kinds": ["member-added"], "channel": "presence-a", "beginning": 9 });
    assert_eq!(of(&mut world.app, about)["data"], r#"{"name":""#);
    let none = of(
        &mut world.app,
        json!({ "kinds": ["member-added"], "data": false }),
    );
    assert_eq!((&none["data"], &none["bytes"]), (&Value::Null, &json!(18)));
}

#[test]
fn members_are_forgotten_as_events_are_and_take_no_more_room() {
    let bounds = 16 * 1024;
    let mut world = World::limited(|limits| limits.journal_bytes = bounds);
    for round in 0..300 {
        let client = world.client();
        let info = "x".repeat(round % 900);
        let data = format!(r#"{{"user_id":"{round}","user_info":{{"name":"{info}"}}}}"#);
        world.subscribe(client, "presence-a", Some(&data));
        world.app.drop_connection(client, 4200, "", 0);
        let ring = &world.app.journal().ring;
        let unused = ring.len().next_power_of_two() * size_of::<Entry>();
        assert!(ring.memory() <= bounds + unused, "round {round}");
    }
    assert!(world.app.journal().forgotten() > 0);
}

#[test]
fn what_is_refused_says_to_whom_and_why() {
    let mut world = World::limited(|limits| limits.data_bytes = 5);
    let client = open(&mut world.app, &world.outlet.clone(), 3, None);
    note(
        &mut world.app,
        json!({"kind":"subscribing","client":3,"channel":"private-a","line":0}),
    );
    world.send(
        client,
        r#"{"event":"pusher:subscribe","data":{"channel":"private-a","auth":"x"}}"#,
    );
    let channel = world.app.channel_id("task").unwrap();
    let refused = world
        .app
        .publish_to(channel, "e", "123456", None, None, 0_u64);
    assert!(refused.is_err());
    world.send(
        client,
        r#"{"event":"client-x","channel":"task","data":"123456"}"#,
    );
    world.send(
        client,
        r#"{"event":"pusher:signin","data":{"auth":"x","user_data":"{}"}}"#,
    );
    let found = entries(&mut world.app);
    let without_text = |entry: &Value| {
        let mut entry = entry.clone();
        entry.as_object_mut().unwrap().remove("text");
        entry
    };
    let connection = "mock-connection-1";
    assert_eq!(
        found[1..].iter().map(without_text).collect::<Vec<_>>(),
        [
            json!({"seq":2,"kind":"subscribing","connection":connection,"client":3,"channel":"private-a"}),
            json!({"seq":3,"kind":"refused","cause":2,"connection":connection,"client":3,"channel":"private-a"}),
            json!({"seq":4,"kind":"rejected","channel":"task","event":"e","bytes":6,"code":413}),
            json!({"seq":5,"kind":"rejected","connection":connection,"client":3,"channel":"task","event":"client-x","bytes":8}),
            json!({"seq":6,"kind":"refused","connection":connection,"client":3,"code":4009}),
            json!({"seq":7,"kind":"closed","cause":6,"connection":connection,"client":3,"code":4009,"by":"service"}),
        ]
    );
    assert!(found[2]["text"].as_str().unwrap().contains("key:signature"));
    assert!(found[3]["text"].as_str().unwrap().contains("(5 bytes)"));
}

#[test]
fn a_request_that_is_refused_names_what_it_was_to_publish() {
    let mut world = World::new();
    let app = Arc::new(parking_lot::Mutex::new(std::mem::replace(
        &mut world.app,
        World::new().app,
    )));
    let body =
        json!({ "name": "e", "data": "x".repeat(10_241), "channels": ["a", "b"] }).to_string();
    let request = crate::broker::ApiRequest {
        method: "POST",
        path: "/events",
        query: &[],
        body: &body,
    };
    assert_eq!(
        crate::broker::respond(&app, &request, &0.into()).status,
        413
    );
    let found = entries(&mut app.lock());
    let named: Vec<_> = found
        .iter()
        .map(|entry| {
            (
                &entry["kind"],
                &entry["channel"],
                &entry["bytes"],
                &entry["code"],
            )
        })
        .collect();
    let (kind, bytes, code) = (json!("rejected"), json!(10_241), json!(413));
    assert_eq!(
        named,
        [
            (&kind, &json!("a"), &bytes, &code),
            (&kind, &json!("b"), &bytes, &code)
        ]
    );
}

#[test]
fn sockets_are_counted_without_who_is_left_out() {
    let mut world = World::new();
    let sockets = TestOutlet::of_sockets();
    world.subscriber("a");
    let mut socket_ids = Vec::new();
    for _ in 0..2 {
        let socket = world.app.open(&sockets.shared(), None, 0).unwrap();
        world.app.subscribe_trusted(socket, "a", 0).unwrap();
        socket_ids.push(world.app.socket_id(socket).unwrap().to_owned());
    }
    let publication = Publication {
        channels: vec!["a".to_owned()],
        name: "e".to_owned(),
        socket_id: Some(socket_ids[0].clone()),
        ..Publication::default()
    };
    world.trigger(&publication).unwrap();
    let page = page(&mut world.app, json!({ "kinds": ["triggered"] }));
    let entry = &page["entries"][0];
    assert_eq!(
        (&entry["subscribers"], &entry["sockets"], &entry["except"]),
        (&json!(3), &json!(1), &json!(socket_ids[0]))
    );
}

#[test]
fn a_reset_begins_a_page_and_keeps_who_was_there_before_it() {
    let mut world = World::new();
    let client = open(&mut world.app, &world.outlet.clone(), 7, Some("ada"));
    world.subscribe(client, "task", None);
    note(
        &mut world.app,
        json!({"kind":"bound","client":7,"channel":"task","event":"e","taken":2}),
    );
    let last = note(
        &mut world.app,
        json!({"kind":"bound","client":7,"event":"all"}),
    );
    world.publish("task", "e", "secret");
    world.app.reset();
    let found = page(&mut world.app, json!({}));
    assert_eq!(found["start"], last + 2);
    assert_eq!(found["last"], last + 2);
    assert_eq!(found["forgotten"], last + 2);
    assert_eq!(found["entries"], json!([]));
    assert_eq!(
        found["before"],
        json!([{
            "client": 7, "connection": "mock-connection-1", "socketId": found["before"][0]["socketId"], "name": "ada",
            "door": "process", "isConnected": true, "channels": ["task"],
            "bindings": [{ "event": "all", "count": 1, "taken": 0 }, { "channel": "task", "event": "e", "count": 1, "taken": 2 }],
        }])
    );
    assert_eq!(
        found["base"],
        json!([{
            "client": 7, "name": "ada", "door": "process", "isConnected": false, "channels": [],
            "bindings": [{ "event": "all", "count": 1, "taken": 0 }],
        }])
    );
    assert!(!found.to_string().contains("secret"));
    // Who follows the journal sees that a page has begun.
    let tail = page(&mut world.app, json!({ "after": last }));
    assert_eq!(tail["entries"][0]["kind"], "reset");

    // A second reset with nothing before it does not take away what the first one kept.
    world.app.reset();
    let again = page(&mut world.app, json!({}));
    assert_eq!(again["before"], found["before"]);
    assert_eq!(again["start"], last + 3);
}

#[test]
fn a_reader_gets_what_was_asked_for() {
    let mut world = World::new();
    world.subscriber("a");
    world.publish("a", "x", "1");
    world.publish("b", "y", "2");
    let seqs = |app: &mut App, selection: Value| -> Vec<u64> {
        let page = page(app, selection);
        let entries = page["entries"].as_array().unwrap().iter();
        entries
            .map(|entry| entry["seq"].as_u64().unwrap())
            .collect()
    };
    let app = &mut world.app;
    assert_eq!(seqs(app, json!({})), [1, 2, 3, 4]);
    assert_eq!(seqs(app, json!({ "after": 2 })), [3, 4]);
    assert_eq!(seqs(app, json!({ "after": 200 })), [0_u64; 0]);
    assert_eq!(seqs(app, json!({ "channel": "b" })), [1, 4]);
    assert_eq!(
        seqs(app, json!({ "kinds": ["triggered", "connected"] })),
        [1, 3, 4]
    );
    let bare = page(app, json!({ "data": false, "kinds": ["triggered"] }));
    assert_eq!(bare["entries"][0].get("data"), None);
    assert_eq!(bare["entries"][0]["bytes"], 1);
    assert!(serde_json::from_value::<Selection>(json!({ "kind": "triggered" })).is_err());
}

#[test]
fn an_outlet_that_watches_is_told_once_until_it_looks_again() {
    let mut world = World::new();
    let watcher = TestOutlet::new();
    world.publish("a", "x", "1");
    world.app.journal().watch(&watcher.shared());
    assert_eq!(watcher.take_calls(), [""; 0]);
    world.publish("a", "x", "1");
    world.publish("a", "x", "1");
    assert_eq!(watcher.take_calls(), ["journaled"]);
    world.app.journal().watch(&watcher.shared());
    world.publish("a", "x", "1");
    assert_eq!(watcher.take_calls(), ["journaled"]);
    world.app.journal().unwatch(watcher.id());
    world.publish("a", "x", "1");
    assert_eq!(watcher.take_calls(), [""; 0]);
}

#[test]
fn a_client_that_was_collected_is_forgotten_and_one_that_closed_is_kept_for_a_while() {
    let mut world = World::limited(|limits| limits.journal = 1);
    for client in 1..=3_000 {
        let opened = open(&mut world.app, &world.outlet.clone(), client, None);
        match client % 2 {
            0 => world.app.collect(opened, 0),
            _ => world.app.close(opened, 0),
        }
    }
    world.publish("a", "x", "1");
    let found = page(&mut world.app, json!({}));
    let clients: Vec<_> = found["base"]
        .as_array()
        .unwrap()
        .iter()
        .map(|state| state["client"].as_u64().unwrap())
        .collect();
    assert_eq!(clients, (1_001..3_000).step_by(2).collect::<Vec<u64>>());
}

#[test]
fn a_client_is_known_from_what_it_asks_for_before_it_has_a_connection() {
    let mut world = World::limited(|limits| limits.journal = 1);
    let app = &mut world.app;
    note(
        app,
        json!({ "kind": "subscribing", "client": 7, "channel": "a", "name": "ada" }),
    );
    note(
        app,
        json!({ "kind": "refused", "client": 8, "code": 4001, "text": "no" }),
    );
    world.publish("a", "x", "1");
    let found = page(&mut world.app, json!({}));
    let states = found["base"].as_array().unwrap().iter();
    let known: Vec<_> = states
        .map(|state| (&state["client"], &state["name"], &state["isConnected"]))
        .collect();
    let (ada, nobody) = (json!("ada"), json!(null));
    assert_eq!(
        known,
        [
            (&json!(7), &ada, &json!(false)),
            (&json!(8), &nobody, &json!(false))
        ]
    );
}

#[test]
fn a_client_that_leaves_says_how_far_it_has_come() {
    let mut world = World::new();
    let ada = open(&mut world.app, &world.outlet.clone(), 7, None);
    world.publish("a", "x", "1");
    world.app.close_having_taken(ada, 1, 0);
    assert_eq!(
        entries(&mut world.app)[2],
        json!({"seq":3,"kind":"closed","connection":"mock-connection-1","client":7,"by":"client","taken":1})
    );
}

#[test]
fn a_client_says_how_far_it_has_come_before_or_after_the_service_closes_it() {
    let mut world = World::new();
    let ada = open(&mut world.app, &world.outlet.clone(), 7, None);
    let bob = open(&mut world.app, &world.outlet.clone(), 8, None);
    world.publish("a", "x", "1");
    world.app.has_taken(ada, 2);
    assert_eq!(world.app.taken(), [("mock-connection-1".into(), 2)].into());
    for connection in [ada, bob] {
        world.app.drop_connection(connection, 4200, "", 0);
    }
    world.app.has_taken(bob, 3);
    world.app.has_taken(ada, 9);
    let ends = &entries(&mut world.app)[3..];
    let taken: Vec<_> = ends.iter().map(|end| &end["taken"]).collect();
    assert_eq!(taken, [&json!(2), &json!(3)]);
}

#[test]
fn what_waits_in_a_clients_own_thread_has_not_arrived() {
    let mut world = World::new();
    let ada = open(&mut world.app, &world.outlet.clone(), 7, None);
    world.publish("a", "x", "1");
    world.app.waits_from(ada, 2);
    assert_eq!(world.app.taken(), [("mock-connection-1".into(), 1)].into());
    world.app.waits_from(ada, 0);
    assert_eq!(world.app.taken(), [].into());
    // What it has said when it left is later.
    world.app.waits_from(ada, 2);
    world.app.has_taken(ada, 2);
    assert_eq!(world.app.taken(), [("mock-connection-1".into(), 2)].into());
}

#[test]
fn the_next_texts_are_written_where_the_journal_says_while_there_is_room() {
    let mut world = World::limited(|limits| limits.journal = 50);
    assert!(world.app.journal().next_place(64).is_empty());
    let mut foretold = 0;
    for round in 0..300_usize {
        let said = world.app.journal().next_place(1_024).as_ptr_range();
        world.publish("news", "event", &"x".repeat(round * 37 % 900));
        let ring = &world.app.journal().ring;
        let texts = ring.back(0).and_then(|entry| ring.texts(entry)).unwrap();
        let place = texts.channel.as_ptr();
        if place == said.start.cast() {
            foretold += 1;
        } else {
            // It had to go into the next chunk.
            let room = said.end as usize - said.start as usize;
            assert!(room < texts.channel.len() + texts.event.len() + texts.data.len());
        }
    }
    assert!(foretold > 250, "{foretold}");
}

#[test]
fn the_ring_stays_within_its_bounds() {
    let mut world = World::limited(|limits| limits.data_bytes = 10_000_000);
    let most = 8 * 1024 * 1024;
    for round in 0..40_000_usize {
        // Now and then a text that is larger than what the ring gives to one.
        let size = match round % 5_000 {
            4_999 => 3_000_000,
            _ => round * 37 % 3_000,
        };
        let data = "x".repeat(size);
        world.publish(&format!("channel-{}", round % 700), "event", &data);
        let ring = &world.app.journal().ring;
        assert!(ring.len() <= 10_000, "round {round}");
        // Looked at now and then: it is counted anew.
        if round % 97 == 0 || size > 1_000_000 {
            let most = most + 10_000 * size_of::<Entry>();
            assert!(ring.memory() <= most, "round {round}: {}", ring.memory());
        }
    }
    assert!(world.app.journal().ring.len() > 4_000);
}

#[test]
fn texts_come_out_as_they_went_in() {
    let mut world = World::limited(|limits| limits.journal_bytes = 5_000);
    for round in 0..500_usize {
        let data = "ä☃x".repeat(1 + round * 7 % 30);
        world.publish("a", "e", &data);
        let found = page(&mut world.app, json!({ "after": round }));
        assert_eq!(found["entries"][0]["data"], data, "round {round}");
        let all = page(&mut world.app, json!({}));
        for entry in all["entries"].as_array().unwrap() {
            let at = entry["seq"].as_u64().unwrap() as usize - 1;
            assert_eq!(entry["data"], "ä☃x".repeat(1 + at * 7 % 30));
        }
    }
}

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    Open(u32),
    Close(usize, u8),
    Subscribe(usize, u8),
    Unsubscribe(usize, u8),
    SignIn(usize),
    Bound(u32, Option<u8>, Option<u8>),
    Unbound(u32, Option<u8>, Option<u8>),
    Publish(u8),
    Reset,
}

fn step() -> impl Strategy<Value = Step> {
    let small = || proptest::option::of(0..3_u8);
    prop_oneof![
        (0..5_u32).prop_map(Step::Open),
        (0..6_usize, 0..3_u8).prop_map(|(who, how)| Step::Close(who, how)),
        (0..6_usize, 0..3_u8).prop_map(|(who, channel)| Step::Subscribe(who, channel)),
        (0..6_usize, 0..3_u8).prop_map(|(who, channel)| Step::Unsubscribe(who, channel)),
        (0..6_usize).prop_map(Step::SignIn),
        (0..5_u32, small(), small())
            .prop_map(|(who, channel, event)| Step::Bound(who, channel, event)),
        (0..5_u32, small(), small())
            .prop_map(|(who, channel, event)| Step::Unbound(who, channel, event)),
        (0..3_u8).prop_map(Step::Publish),
        proptest::strategy::LazyJust::new(|| Step::Reset),
    ]
}

fn take(world: &mut World, step: &Step, open: &mut Vec<ConnectionId>) {
    let connection = |at: &usize, open: &[ConnectionId]| open.get(*at % open.len().max(1)).copied();
    let binding = |kind: &str, client: u32, channel: &Option<u8>, event: &Option<u8>| {
        json!({
            "kind": kind, "client": client, "channel": channel.map(|n| format!("c{n}")),
            "event": event.map(|n| format!("e{n}")), "taken": 1, "connection": client,
        })
    };
    match step {
        Step::Open(client) => {
            let opened = self::open(&mut world.app, &world.outlet.clone(), *client, None);
            open.push(opened);
        }
        Step::Close(who, how) => {
            if let Some(connection) = connection(who, open) {
                open.retain(|known| *known != connection);
                match how {
                    0 => world.app.close(connection, 0),
                    1 => world.app.collect(connection, 0),
                    _ => world.app.drop_connection(connection, 4200, "", 0),
                }
            }
        }
        Step::Subscribe(who, channel) => {
            if let Some(connection) = connection(who, open) {
                let _ = world
                    .app
                    .subscribe_trusted(connection, &format!("c{channel}"), 0);
            }
        }
        Step::Unsubscribe(who, channel) => {
            if let Some(connection) = connection(who, open) {
                let frame = json!({ "event": "pusher:unsubscribe", "data": { "channel": format!("c{channel}") } });
                world
                    .app
                    .receive(connection, ClientFrame::read(&frame.to_string()), 0);
            }
        }
        Step::SignIn(who) => {
            if let Some(connection) = connection(who, open) {
                world.sign_in(connection, r#"{"id":"u"}"#);
            }
        }
        Step::Bound(client, channel, event) => {
            note(&mut world.app, binding("bound", *client, channel, event));
        }
        Step::Unbound(client, channel, event) => {
            note(&mut world.app, binding("unbound", *client, channel, event));
        }
        Step::Publish(channel) => world.publish(&format!("c{channel}"), "e", "{}"),
        Step::Reset => {
            world.app.reset();
            open.clear();
        }
    }
}

/// The base with the ring's entries, and who was there before.
fn folded(app: &mut App) -> (State, State) {
    let journal = app.journal();
    let mut state = journal.base.clone();
    for entry in journal.ring.entries_from(0) {
        state.fold(entry);
    }
    (state, journal.before.clone())
}

proptest! {
    #[test]
    fn a_ring_that_forgets_comes_to_the_same_as_one_that_does_not(
        steps in proptest::collection::vec(step(), 0..150),
        most in 1..20_usize,
    ) {
        let mut long = World::new();
        let mut short = World::limited(|limits| limits.journal = most);
        let (mut long_open, mut short_open) = (Vec::new(), Vec::new());
        for step in &steps {
            take(&mut long, step, &mut long_open);
            take(&mut short, step, &mut short_open);
            // The same but for the numbers and socket ids, which the process gives.
            let shown = |world: &mut World| {
                let (now, before) = folded(&mut world.app);
                let every = |state: &State| state.all().map(|one| (
                    one.who.name.clone(), one.who.client, one.is_connected, one.user.clone(), one.channels.clone(), one.bindings.clone(),
                )).collect::<Vec<_>>();
                (world.app.journal().last(), every(&now), every(&before))
            };
            prop_assert_eq!(shown(&mut long), shown(&mut short), "after {:?}", step);
        }
    }
}

#[test]
fn the_beginning_of_data_that_was_asked_for_ends_between_characters() {
    let mut world = World::new();
    let long = "€".repeat(300);
    world.publish("news", "short", "1");
    world.publish("news", "long", &long);
    let data = |app: &mut App, selection: Value| {
        let page = page(app, selection);
        let entries = page["entries"].as_array().unwrap().iter();
        let data = entries.map(|entry| entry["data"].as_str().unwrap().to_owned());
        data.collect::<Vec<_>>()
    };
    assert_eq!(
        data(&mut world.app, json!({ "beginning": 256 })),
        ["1", &*"€".repeat(256)]
    );
    assert_eq!(data(&mut world.app, json!({})), ["1", &*long]);
}
