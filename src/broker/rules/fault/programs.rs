//! Made-up programs of faults of all kinds, subscriptions and publishes, beside a model: exactly what a fault says is lost, doubled, late,
//! refused or silent, and nothing else; and when all of them have ended, it is as if they had never been.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::broker::records::fault::{FaultId, OpeningConditions};
use crate::broker::test_outlet::World;
use crate::broker::{ConnectionId, Publication, Silence};
use crate::protocol::ApiError;

const CLIENTS: usize = 3;
const CHANNELS: [&str; 2] = ["task-1", "room"];
const EVENTS: [&str; 2] = ["new", "old"];
const CHANNEL_PATTERNS: [&str; 3] = ["task-*", "room", "*"];
const EVENT_PATTERNS: [&str; 3] = ["new", "*d", "*"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Fail,
    Lose,
    Duplicate,
    Hold,
    Silence,
    Refuse,
    Delay,
    Authorization,
    Webhook,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    kind: Kind,
    channel: Option<usize>,
    event: Option<usize>,
    client: Option<usize>,
    times: Option<u64>,
    /// Tells faults of one kind apart by what they do.
    mark: u16,
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Join(usize, usize),
    Leave(usize, usize),
    Publish {
        channel: usize,
        event: usize,
        except: Option<usize>,
    },
    /// One call to both channels.
    PublishToAll(usize),
    Begin(Asked),
    Release(usize),
    End(usize),
    /// What it has kept back is for nobody.
    Forget(usize),
    EndAll,
    Reset,
    Reconnect(usize),
    /// Somebody would connect: a client, or who is not known.
    Open(Option<usize>),
    Authorize(usize),
    Webhook(usize, usize),
}

fn ops() -> impl Strategy<Value = Op> {
    let some = |most: usize| prop::option::of(0..most);
    let kind = prop_oneof![
        2 => Just(Kind::Fail),
        3 => Just(Kind::Lose),
        3 => Just(Kind::Duplicate),
        4 => Just(Kind::Hold),
        2 => Just(Kind::Silence),
        2 => Just(Kind::Refuse),
        1 => Just(Kind::Delay),
        2 => Just(Kind::Authorization),
        2 => Just(Kind::Webhook),
    ];
    let asked = (
        kind,
        some(3),
        some(3),
        some(CLIENTS),
        prop::option::of(1..4_u64),
        400..500_u16,
    );
    let asked = asked.prop_map(|(kind, channel, event, client, times, mark)| {
        let is_of_events = !matches!(kind, Kind::Silence | Kind::Refuse | Kind::Delay);
        let is_of_clients = !matches!(
            kind,
            Kind::Fail | Kind::Delay | Kind::Authorization | Kind::Webhook
        );
        Asked {
            kind,
            channel: channel.filter(|_| is_of_events),
            event: event.filter(|_| is_of_events && kind != Kind::Authorization),
            client: client.filter(|_| is_of_clients),
            times: times.filter(|_| !matches!(kind, Kind::Silence | Kind::Delay)),
            mark,
        }
    });
    prop_oneof![
        6 => (0..CLIENTS, 0..2_usize).prop_map(|(client, channel)| Op::Join(client, channel)),
        2 => (0..CLIENTS, 0..2_usize).prop_map(|(client, channel)| Op::Leave(client, channel)),
        14 => (0..2_usize, 0..2_usize, prop::option::weighted(0.2, 0..CLIENTS))
            .prop_map(|(channel, event, except)| Op::Publish { channel, event, except }),
        2 => (0..2_usize).prop_map(Op::PublishToAll),
        7 => asked.prop_map(Op::Begin),
        4 => (0..8_usize).prop_map(Op::Release),
        4 => (0..8_usize).prop_map(Op::End),
        1 => (0..8_usize).prop_map(Op::Forget),
        1 => Just(Op::EndAll),
        1 => Just(Op::Reset),
        2 => (0..CLIENTS).prop_map(Op::Reconnect),
        3 => some(CLIENTS).prop_map(Op::Open),
        2 => (0..2_usize).prop_map(Op::Authorize),
        2 => (0..2_usize, 0..2_usize).prop_map(|(channel, event)| Op::Webhook(channel, event)),
    ]
}

/// The rules again, as a test would put them.
struct Fault {
    asked: Asked,
    left: Option<u64>,
    strikes: u64,
    /// For whom, on which channel, what.
    held: Vec<(usize, usize, String)>,
    silenced: Vec<ConnectionId>,
}

impl Fault {
    fn is_about(&self, channel: usize, event: usize) -> bool {
        let channel_is = |pattern: usize| match CHANNEL_PATTERNS[pattern] {
            "task-*" => CHANNELS[channel].starts_with("task-"),
            "*" => true,
            name => CHANNELS[channel] == name,
        };
        let event_is = |pattern: usize| match EVENT_PATTERNS[pattern] {
            "*d" => EVENTS[event].ends_with('d'),
            "*" => true,
            name => EVENTS[event] == name,
        };
        self.left != Some(0)
            && self.asked.channel.is_none_or(channel_is)
            && self.asked.event.is_none_or(event_is)
    }

    fn strike(&mut self) {
        self.left = self.left.map(|left| left - 1);
        self.strikes += 1;
    }
}

#[derive(Default)]
struct Model {
    on: [[bool; 2]; CLIENTS],
    faults: Vec<Fault>,
    got: [Vec<String>; CLIENTS],
    accepted: [usize; 2],
    silences: Vec<(ConnectionId, Silence)>,
}

impl Model {
    /// What the oldest fault of a kind that is about one of these events does.
    fn first(&mut self, kind: Kind, about: &[(usize, usize)]) -> Option<u16> {
        let mut faults = self.faults.iter_mut();
        let fault = faults.find(|fault| {
            let is_about = |&(channel, event): &(usize, usize)| fault.is_about(channel, event);
            fault.asked.kind == kind && about.iter().any(is_about)
        })?;
        fault.strike();
        Some(fault.asked.mark)
    }

    fn deliver(&mut self, channel: usize, event: usize, except: Option<usize>, data: &str) {
        self.accepted[channel] += 1;
        let gets = |client: usize| self.on[client][channel] && except != Some(client);
        let mut met: [Option<usize>; CLIENTS] = [None; CLIENTS];
        let mut striking = Vec::new();
        for (at, fault) in self.faults.iter().enumerate() {
            let is_of_delivery =
                matches!(fault.asked.kind, Kind::Lose | Kind::Duplicate | Kind::Hold);
            if !is_of_delivery || !fault.is_about(channel, event) {
                continue;
            }
            let is_shadowed = striking.iter().any(|&older: &usize| {
                let older = self.faults[older].asked.client;
                older.is_none() || older == fault.asked.client
            });
            if is_shadowed || fault.asked.client.is_some_and(|client| !gets(client)) {
                continue;
            }
            striking.push(at);
            for (client, met) in met.iter_mut().enumerate() {
                if fault.asked.client.is_none_or(|only| only == client) {
                    met.get_or_insert(at);
                }
            }
        }
        let receivers: Vec<usize> = (0..CLIENTS).filter(|&client| gets(client)).collect();
        for client in receivers {
            let copies = match met[client].map(|at| self.faults[at].asked.kind) {
                Some(Kind::Lose) => 0,
                Some(Kind::Duplicate) => 2,
                Some(Kind::Hold) => {
                    let held = (client, channel, data.to_owned());
                    self.faults[met[client].unwrap_or(0)].held.push(held);
                    0
                }
                _ => 1,
            };
            for _ in 0..copies {
                self.got[client].push(data.to_owned());
            }
        }
        for at in striking {
            self.faults[at].strike();
        }
    }

    fn opening(&mut self, client: Option<usize>) -> OpeningConditions {
        let is_out =
            |fault: &Fault| fault.asked.kind == Kind::Silence && fault.asked.client.is_none();
        if self.faults.iter().any(is_out) {
            return OpeningConditions {
                is_stalled: true,
                ..OpeningConditions::default()
            };
        }
        let mut opening = OpeningConditions::default();
        let mut faults = self.faults.iter_mut();
        let refusing = faults.find(|fault| {
            let only = fault.asked.client;
            fault.asked.kind == Kind::Refuse
                && fault.left != Some(0)
                && (only.is_none() || only == client)
        });
        if let Some(fault) = refusing {
            fault.strike();
            opening.refusal = Some((4000 + fault.asked.mark, String::new()));
        }
        for fault in &mut self.faults {
            if fault.asked.kind == Kind::Delay {
                fault.strike();
                opening.delay_ms = opening.delay_ms.max(u64::from(fault.asked.mark));
            }
        }
        opening
    }

    fn release(&mut self, at: usize) {
        for (client, channel, data) in std::mem::take(&mut self.faults[at].held) {
            if self.on[client][channel] {
                self.got[client].push(data);
            }
        }
    }

    /// What is held for a subscription ends with it.
    fn leave(&mut self, client: usize, channel: usize) {
        self.on[client][channel] = false;
        for fault in &mut self.faults {
            fault
                .held
                .retain(|&(to, on, _)| to != client || on != channel);
        }
    }

    fn is_silent(&self, connection: ConnectionId) -> bool {
        let mut faults = self.faults.iter();
        faults.any(|fault| fault.silenced.contains(&connection))
    }

    fn end(&mut self, at: usize, releases: bool) {
        if releases {
            self.release(at);
        }
        let Fault { silenced, .. } = self.faults.remove(at);
        let how = match releases {
            true => Silence::Over,
            false => Silence::Forgotten,
        };
        for connection in silenced {
            if !self.is_silent(connection) {
                self.silences.push((connection, how));
            }
        }
    }

    fn reset(&mut self) {
        let mut silent: Vec<_> = self
            .faults
            .iter()
            .flat_map(|fault| fault.silenced.clone())
            .collect();
        silent.sort_unstable();
        silent.dedup();
        let forgotten = silent.into_iter().map(|one| (one, Silence::Forgotten));
        self.silences.extend(forgotten);
        self.faults.clear();
        self.on = Default::default();
        self.accepted = Default::default();
    }
}

fn json_of(asked: Asked, connections: &[ConnectionId]) -> Value {
    let mut fault = json!({
        "channel": asked.channel.map(|at| CHANNEL_PATTERNS[at]),
        "event": asked.event.map(|at| EVENT_PATTERNS[at]),
        "clients": asked.client.map(|at| [connections[at]]),
        "times": asked.times,
    });
    let mark = asked.mark;
    let deed = match asked.kind {
        Kind::Fail => json!({ "does": "failTrigger", "status": mark }),
        Kind::Lose => json!({ "does": "lose" }),
        Kind::Duplicate => json!({ "does": "duplicate" }),
        Kind::Hold => json!({ "does": "hold" }),
        Kind::Silence => json!({ "does": "silence" }),
        Kind::Refuse => json!({ "does": "refuse", "code": 4000 + mark, "reason": "" }),
        Kind::Delay => json!({ "does": "delay", "ms": mark }),
        Kind::Authorization => json!({ "does": "failAuthorization", "status": mark }),
        Kind::Webhook => json!({ "does": "failWebhook", "status": mark }),
    };
    if let (Some(fault), Value::Object(deed)) = (fault.as_object_mut(), deed) {
        fault.extend(deed);
    }
    fault
}

struct Run {
    world: World,
    connections: Vec<ConnectionId>,
    faults: Vec<FaultId>,
    model: Model,
    published: usize,
}

impl Run {
    /// One call: all of it, or nothing where it fails.
    fn publish(&mut self, channels: &[usize], event: usize, except: Option<usize>) {
        self.published += 1;
        let data = self.published.to_string();
        let socket_id = except.and_then(|client| {
            let socket_id = self.world.app.socket_id(self.connections[client]);
            socket_id.map(str::to_owned)
        });
        let publication = Publication {
            channels: channels.iter().map(|&at| CHANNELS[at].to_owned()).collect(),
            name: EVENTS[event].to_owned(),
            data: data.clone(),
            socket_id,
            info: None,
        };
        let failed = match self.world.trigger(&publication) {
            Err(ApiError::Fault(failure)) => Some(failure.status),
            outcome => outcome
                .map(|_| None)
                .expect("only faults keep it from happening"),
        };
        let about: Vec<_> = channels.iter().map(|&channel| (channel, event)).collect();
        let failing = self.model.first(Kind::Fail, &about);
        assert_eq!(failed, failing, "{data}");
        if failing.is_none() {
            for &channel in channels {
                self.model.deliver(channel, event, except, &data);
            }
        }
    }

    fn begin(&mut self, asked: Asked) {
        let fault = serde_json::from_value(json_of(asked, &self.connections)).expect("a fault");
        let id = self.world.app.begin_fault(fault, self.world.now);
        self.faults.push(id);
        let mut fault = Fault {
            asked,
            left: asked.times,
            strikes: 0,
            held: Vec::new(),
            silenced: Vec::new(),
        };
        if asked.kind == Kind::Silence {
            fault.silenced = match asked.client {
                Some(client) => vec![self.connections[client]],
                None => self.connections.clone(),
            };
            fault.strikes = fault.silenced.len() as u64;
            for &connection in &fault.silenced {
                if !self.model.is_silent(connection) {
                    self.model.silences.push((connection, Silence::Begins));
                }
            }
        }
        self.model.faults.push(fault);
    }

    fn end(&mut self, at: usize, releases: bool) {
        if at >= self.faults.len() {
            return;
        }
        let ended = self.world.app.end_fault(self.faults.remove(at), releases);
        let strikes = self.model.faults[at].strikes;
        assert_eq!(ended.map(|ended| ended.strikes), Some(strikes));
        self.model.end(at, releases);
    }

    fn reconnect(&mut self, client: usize) {
        self.world
            .app
            .close(self.connections[client], self.world.now);
        self.connections[client] = self.world.client();
        for channel in 0..CHANNELS.len() {
            self.model.leave(client, channel);
        }
        for (&id, fault) in self.faults.iter().zip(&self.model.faults) {
            if fault.asked.client == Some(client) {
                self.world
                    .app
                    .fault_follows(id, vec![self.connections[client]]);
            }
        }
    }

    fn play(&mut self, op: Op) {
        match op {
            Op::Join(client, channel) if !self.model.on[client][channel] => {
                let connection = self.connections[client];
                self.world.subscribe(connection, CHANNELS[channel], None);
                self.model.on[client][channel] = true;
                assert_eq!(self.world.got(connection).len(), 1);
            }
            Op::Leave(client, channel) if self.model.on[client][channel] => {
                let frame = json!({ "event": "pusher:unsubscribe", "data": { "channel": CHANNELS[channel] } });
                self.world
                    .send(self.connections[client], &frame.to_string());
                self.model.leave(client, channel);
            }
            Op::Join(..) | Op::Leave(..) => {}
            Op::Publish {
                channel,
                event,
                except,
            } => self.publish(&[channel], event, except),
            Op::PublishToAll(event) => self.publish(&[0, 1], event, None),
            Op::Begin(asked) => self.begin(asked),
            Op::Release(at) => {
                if at < self.faults.len() {
                    self.world.app.release_held(self.faults[at]);
                    self.model.release(at);
                }
            }
            Op::End(at) => self.end(at, true),
            Op::Forget(at) => self.end(at, false),
            Op::EndAll => {
                while !self.faults.is_empty() {
                    self.end(0, true);
                }
            }
            Op::Reset => {
                self.world.app.reset();
                self.model.reset();
                // Who has the number of a fault from before means none that comes.
                let gone = std::mem::take(&mut self.faults);
                self.connections = (0..CLIENTS).map(|_| self.world.client()).collect();
                self.begin(Asked {
                    kind: Kind::Lose,
                    channel: None,
                    event: None,
                    client: None,
                    times: None,
                    mark: 0,
                });
                for id in gone {
                    assert_eq!(self.world.app.end_fault(id, true), None);
                }
                self.end(0, true);
            }
            Op::Reconnect(client) => self.reconnect(client),
            Op::Open(client) => {
                let about: Option<Vec<_>> = client.map(|client| {
                    let all = self.faults.iter().zip(&self.model.faults);
                    let mine = all.filter(|(_, fault)| fault.asked.client == Some(client));
                    mine.map(|(&id, _)| id).collect()
                });
                let opening = self.world.app.opening(about.as_deref());
                assert_eq!(opening, self.model.opening(client));
            }
            Op::Authorize(channel) => {
                let failed = self.world.app.fail_authorization(CHANNELS[channel]);
                let failing = self.model.first(Kind::Authorization, &[(channel, 0)]);
                assert_eq!(failed.and_then(|failure| failure.status), failing);
            }
            Op::Webhook(channel, event) => {
                let events = [(CHANNELS[channel].to_owned(), EVENTS[event].to_owned())];
                let failed = self.world.app.fail_webhook(&events);
                let failing = self.model.first(Kind::Webhook, &[(channel, event)]);
                assert_eq!(failed.map(|failure| failure.status), failing);
            }
        }
    }

    fn compare(&mut self) {
        for (client, &connection) in self.connections.iter().enumerate() {
            let got: Vec<String> = self
                .world
                .got(connection)
                .iter()
                .map(|frame| {
                    let frame: Value = serde_json::from_str(frame).expect("JSON");
                    frame["data"].as_str().expect("text").to_owned()
                })
                .collect();
            assert_eq!(
                got,
                std::mem::take(&mut self.model.got[client]),
                "client {client}"
            );
        }
        for (at, channel) in CHANNELS.iter().enumerate() {
            assert_eq!(
                self.world.app.messages(channel).len(),
                self.model.accepted[at].min(100)
            );
        }
        let mut silences = std::mem::take(&mut self.model.silences);
        silences.sort_by_key(|&(connection, _)| connection);
        assert_eq!(self.world.outlet.take_silences(), silences);
        for (&id, fault) in self.faults.iter().zip(&self.model.faults) {
            let seen = self.world.app.look_at_fault(id);
            assert_eq!(
                seen,
                Some((fault.strikes, fault.held.len())),
                "{:?}",
                fault.asked
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn exactly_what_faults_say_is_lost_doubled_or_late(program in prop::collection::vec(ops(), 1..80)) {
        let mut world = World::new();
        let connections = (0..CLIENTS).map(|_| world.client()).collect();
        let model = Model::default();
        let mut run = Run { world, connections, faults: Vec::new(), model, published: 0 };
        for op in program {
            run.play(op);
            run.compare();
        }
        run.play(Op::EndAll);
        run.compare();
        prop_assert!(!run.world.app.has_faults());
        prop_assert_eq!(run.world.app.opening(None), OpeningConditions::default());
        for (channel, event) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            prop_assert_eq!(run.world.app.fail_authorization(CHANNELS[channel]), None);
            run.publish(&[channel], event, None);
            run.compare();
        }
    }
}

fn cases() -> u32 {
    match std::env::var_os("PUSHRIG_LONG") {
        Some(_) => 100_000,
        None => 300,
    }
}
