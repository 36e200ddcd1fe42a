use std::io::Read;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::broker::journal::Selection;
use crate::broker::{App, AppOptions};
use crate::clock::Tick;
use crate::gateway::wire::connection::Link;
use crate::gateway::wire::outbox::Bounds;
use crate::gateway::wire::session::Session;
use crate::gateway::wire::writer::Writer;
use crate::protocol::ClientFrame;

/// A runtime that runs nothing until it is told to.
fn stopped() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

struct Room {
    runtime: Runtime,
    outlet: Arc<SocketOutlet>,
    app: SharedApp,
    channel: ChannelId,
    journal: Arc<OwnJournal>,
    peer: std::net::TcpStream,
}

const A_MINUTE_AGO: Tick = Tick::MAX - 60_000;

/// An outlet with one subscriber, which has said nothing for a minute.
fn room() -> Room {
    let runtime = stopped();
    let journal = Arc::new(OwnJournal::new(None, &[]));
    let outlet = SocketOutlet::new(
        runtime.handle().clone(),
        Clock::start(),
        journal.clone(),
        false,
    );
    let app = Arc::new(Mutex::new(App::new(AppOptions::default())));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    stream.set_nonblocking(true).unwrap();
    let stream = runtime.block_on(async {
        let stream = TcpStream::from_std(stream).unwrap();
        // Here no task serves the connection: what cannot be written at once stays where it is.
        stream.writable().await.unwrap();
        stream
    });
    let bounds = Bounds {
        bytes: 1 << 30,
        entries: 1 << 20,
    };
    let link = Link::Socket(Writer::new(stream, bounds));
    let connection = Arc::new(GatewayConnection::new(
        Some(app.clone()),
        A_MINUTE_AGO,
        None,
        link,
    ));
    outlet.open(&app, &connection, "ws").unwrap();
    let mut locked = app.lock();
    locked
        .subscribe_trusted(connection.id(), "news", 0)
        .unwrap();
    let channel = locked.channel_id("news").unwrap();
    drop(locked);
    Room {
        runtime,
        outlet,
        app,
        channel,
        journal,
        peer,
    }
}

impl Room {
    /// How often it was said that events are dropped.
    fn overruns(&self) -> usize {
        let page = self.journal.page(&Selection::default());
        page.matches(r#""notice":"overrun""#).count()
    }

    fn publish(&self, data: &str) {
        let mut app = self.app.lock();
        app.publish_to(self.channel, "e", data, None, None, 0)
            .unwrap();
    }

    fn run(&self) {
        self.runtime.block_on(async {
            while !self.outlet.is_idle() {
                yield_now().await;
            }
        });
    }
}

#[test]
fn what_nobody_fetches_is_bounded_and_reported_once_until_all_is_fetched() {
    let room = room();
    let data = "x".repeat(10_000);
    for _ in 0..7_000 {
        room.publish(&data);
    }
    let waiting = room.outlet.waiting.load(Ordering::Relaxed);
    assert!(
        (MAX_WAITING..MAX_WAITING + 20_000).contains(&waiting),
        "{waiting}"
    );
    assert_eq!(room.overruns(), 1);
    // A batch leaves, and more comes than fits.
    room.runtime.block_on(yield_now());
    assert!(room.outlet.waiting.load(Ordering::Relaxed) < MAX_WAITING);
    for _ in 0..1_000 {
        room.publish(&data);
    }
    assert_eq!(room.overruns(), 1);
    room.run();
    assert_eq!(room.outlet.waiting.load(Ordering::Relaxed), 0);
    room.publish("after");
    room.run();
    assert_eq!(room.overruns(), 1);
    // Caught up: the next time is told again.
    for _ in 0..7_000 {
        room.publish(&data);
    }
    assert_eq!(room.overruns(), 2);
}

#[test]
fn a_drain_that_never_ran_leaves_the_channel_usable() {
    let mut room = room();
    room.publish("lost");
    assert!(!room.outlet.is_idle());
    // The task is dropped with its runtime; whoever holds the outlet goes on unharmed.
    room.runtime = stopped();
    assert!(room.outlet.is_idle());
    assert_eq!(room.outlet.waiting.load(Ordering::Relaxed), 0);
    room.publish("lost as well");
    assert!(room.outlet.is_idle());
    assert_eq!(room.outlet.waiting.load(Ordering::Relaxed), 0);
}

#[test]
fn an_event_reaches_the_subscriber_and_a_channel_without_any_is_forgotten() {
    let mut room = room();
    room.publish("hello");
    room.run();
    let mut bytes = [0; 1_024];
    let mut read = 0;
    while !bytes[..read].windows(5).any(|window| window == b"hello") {
        read += room.peer.read(&mut bytes[read..]).unwrap();
    }
    let id = room.outlet.connections()[0].id();
    room.publish("last");
    room.app.lock().unsubscribe_trusted(id, "news", 0);
    assert_eq!(room.outlet.channel_count(), 1);
    room.run();
    assert_eq!(room.outlet.channel_count(), 0);
}

#[test]
fn a_connection_whose_task_has_ended_is_in_no_channel() {
    let room = room();
    let id = room.outlet.connections()[0].id();
    // As when the broker is about to end it on another thread.
    room.outlet.remove(id);
    assert_eq!(room.outlet.channel_count(), 0);
}

#[test]
fn a_silent_connection_has_as_long_to_answer_a_goodbye_as_any_other() {
    let room = room();
    let connection = room.outlet.connections().remove(0);
    let silence = || room.outlet.clock.since(connection.last_seen());
    assert!(silence() > Duration::from_secs(59));
    room.outlet
        .closed(connection.id(), 4009, "you have to sign in");
    assert!(silence() < Duration::from_secs(1));
}

// ---- a fan-out that takes more than one turn

/// Subscribers of one channel, more than are written to in one turn. None of them has a socket.
struct Crowd {
    runtime: Runtime,
    outlet: Arc<SocketOutlet>,
    app: SharedApp,
    members: Vec<Arc<GatewayConnection>>,
}

const CROWDED: &str = "private-room";

fn crowd() -> Crowd {
    let runtime = stopped();
    let outlet = SocketOutlet::new(
        runtime.handle().clone(),
        Clock::start(),
        Arc::new(OwnJournal::new(None, &[])),
        false,
    );
    let app = Arc::new(Mutex::new(App::new(AppOptions::default())));
    let mut crowd = Crowd {
        runtime,
        outlet,
        app,
        members: Vec::new(),
    };
    crowd.members = (0..CHUNK + 10).map(|_| crowd.newcomer()).collect();
    for member in &crowd.members {
        crowd.subscribe(member);
    }
    crowd
}

impl Crowd {
    fn newcomer(&self) -> Arc<GatewayConnection> {
        let bounds = Bounds {
            bytes: 1 << 30,
            entries: 1 << 20,
        };
        let link = Link::Xhr(Box::new(Session::new("s", bounds, 0)));
        let connection = Arc::new(GatewayConnection::new(
            Some(self.app.clone()),
            0,
            None,
            link,
        ));
        self.outlet.open(&self.app, &connection, "ws").unwrap();
        connection
    }

    fn subscribe(&self, client: &GatewayConnection) {
        let mut app = self.app.lock();
        app.subscribe_trusted(client.id(), CROWDED, 0).unwrap();
    }

    fn unsubscribe(&self, client: &GatewayConnection) {
        let mut app = self.app.lock();
        assert!(app.unsubscribe_trusted(client.id(), CROWDED, 0));
    }

    /// The member that is written to last.
    fn last(&self) -> &Arc<GatewayConnection> {
        self.members.last().unwrap()
    }

    /// A client event of the first member, of which the first turn's members have heard.
    fn begin_an_event(&self) {
        let text = format!(r#"{{"event":"client-old","channel":"{CROWDED}","data":1}}"#);
        let first = self.members[0].id();
        self.app.lock().receive(first, ClientFrame::parse(&text), 0);
        self.runtime.block_on(yield_now());
        assert_eq!(lines(&self.members[1]), ["established", "succeeded", "old"]);
    }

    fn finish(&self) {
        while !self.outlet.is_idle() {
            self.runtime.block_on(yield_now());
        }
    }
}

/// What was sent to a connection since this was last asked, each by what its event ends in.
fn lines(connection: &GatewayConnection) -> Vec<String> {
    let Link::Xhr(session) = &connection.link else {
        unreachable!()
    };
    let mut out = session.waiting(session.receive()).unwrap();
    let mut lines = Vec::new();
    while let Some(line) = out.pop() {
        let text = String::from_utf8(line.to_vec()).unwrap();
        let event = text.split(r#"\"event\":\""#).nth(1);
        let event = event.and_then(|event| event.split('\\').next());
        lines.extend(event.map(|event| event.rsplit(['_', '-']).next().unwrap().to_owned()));
    }
    lines
}

#[test]
fn nothing_from_before_a_reset_comes_behind_it() {
    let crowd = crowd();
    crowd.begin_an_event();
    crowd.app.lock().reset();
    crowd.subscribe(crowd.last());
    crowd.finish();
    assert_eq!(
        lines(crowd.last()),
        ["established", "succeeded", "succeeded"]
    );
}

#[test]
fn who_has_unsubscribed_gets_nothing_old_behind_the_next_subscription() {
    let crowd = crowd();
    crowd.begin_an_event();
    for member in &crowd.members {
        crowd.unsubscribe(member);
    }
    crowd.subscribe(crowd.last());
    crowd.finish();
    assert_eq!(
        lines(crowd.last()),
        ["established", "succeeded", "succeeded"]
    );
}

#[test]
fn who_has_come_and_gone_gets_no_old_answer_behind_the_next_one() {
    let crowd = crowd();
    let newcomer = crowd.newcomer();
    crowd.begin_an_event();
    // Its answer waits behind the event. Then the channel is forgotten, and the next one of this name waits for nothing.
    crowd.subscribe(&newcomer);
    for member in crowd.members.iter().chain([&newcomer]) {
        crowd.unsubscribe(member);
    }
    crowd.subscribe(&newcomer);
    assert_eq!(lines(&newcomer), ["established", "succeeded"]);
    crowd.finish();
    assert!(lines(&newcomer).is_empty());
}

#[test]
fn who_comes_and_goes_during_a_fan_out_and_stays_is_answered_in_order() {
    let crowd = crowd();
    let newcomer = crowd.newcomer();
    crowd.begin_an_event();
    crowd.subscribe(&newcomer);
    crowd.unsubscribe(&newcomer);
    crowd.subscribe(&newcomer);
    crowd.finish();
    assert_eq!(lines(&newcomer), ["established", "succeeded", "succeeded"]);
}

#[test]
fn many_who_have_gone_are_settled_in_parts_while_others_have_the_channel() {
    let crowd = crowd();
    crowd.begin_an_event();
    for member in &crowd.members {
        crowd.unsubscribe(member);
    }
    // The rest of the event leaves, and as many go as are written to in one turn.
    crowd.runtime.block_on(yield_now());
    let fanouts: Vec<_> = crowd.outlet.channels.lock().values().cloned().collect();
    assert_eq!(fanouts[0].member_count(), 10);
    crowd.finish();
    assert_eq!(crowd.outlet.channel_count(), 0);
}
