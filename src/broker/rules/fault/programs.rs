//! Made-up programs of faults, subscriptions and publishes, beside a model: exactly what a fault says is lost, doubled or late, and
//! nothing else; and when all of them have ended, it is as if they had never been.

use proptest::prelude::*;
use serde_json::json;

use crate::broker::records::fault::FaultId;
use crate::broker::test_outlet::World;
use crate::broker::{ConnectionId, Publication};
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
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    kind: Kind,
    channel: Option<usize>,
    event: Option<usize>,
    client: Option<usize>,
    times: Option<u64>,
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
    Begin(Asked),
    Release(usize),
    End(usize),
    Reconnect(usize),
}

fn ops() -> impl Strategy<Value = Op> {
    let some = |most: usize| prop::option::of(0..most);
    let kind = prop_oneof![
        1 => Just(Kind::Fail),
        2 => Just(Kind::Lose),
        2 => Just(Kind::Duplicate),
        3 => Just(Kind::Hold),
    ];
    let asked = (
        kind,
        some(3),
        some(3),
        some(CLIENTS),
        prop::option::of(1..4_u64),
    );
    let asked = asked.prop_map(|(kind, channel, event, client, times)| Asked {
        kind,
        channel,
        event,
        client: client.filter(|_| kind != Kind::Fail),
        times,
    });
    prop_oneof![
        3 => (0..CLIENTS, 0..2_usize).prop_map(|(client, channel)| Op::Join(client, channel)),
        1 => (0..CLIENTS, 0..2_usize).prop_map(|(client, channel)| Op::Leave(client, channel)),
        8 => (0..2_usize, 0..2_usize, prop::option::weighted(0.2, 0..CLIENTS))
            .prop_map(|(channel, event, except)| Op::Publish { channel, event, except }),
        3 => asked.prop_map(Op::Begin),
        2 => (0..8_usize).prop_map(Op::Release),
        2 => (0..8_usize).prop_map(Op::End),
        1 => (0..CLIENTS).prop_map(Op::Reconnect),
    ]
}

/// The rules again, as a test would put them.
struct Fault {
    asked: Asked,
    left: Option<u64>,
    /// For whom, on which channel, what.
    held: Vec<(usize, usize, String)>,
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
    }
}

#[derive(Default)]
struct Model {
    on: [[bool; 2]; CLIENTS],
    faults: Vec<Fault>,
    got: [Vec<String>; CLIENTS],
    accepted: [usize; 2],
}

impl Model {
    /// Whether it is accepted.
    fn publish(&mut self, channel: usize, event: usize, except: Option<usize>, data: &str) -> bool {
        let mut failing = self
            .faults
            .iter_mut()
            .filter(|fault| fault.asked.kind == Kind::Fail);
        if let Some(fault) = failing.find(|fault| fault.is_about(channel, event)) {
            fault.strike();
            return false;
        }
        self.accepted[channel] += 1;
        let gets = |client: usize| self.on[client][channel] && except != Some(client);
        let mut met: [Option<usize>; CLIENTS] = [None; CLIENTS];
        let mut striking = Vec::new();
        for (at, fault) in self.faults.iter().enumerate() {
            if fault.asked.kind == Kind::Fail || !fault.is_about(channel, event) {
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
                None | Some(Kind::Fail) => 1,
                Some(Kind::Lose) => 0,
                Some(Kind::Duplicate) => 2,
                Some(Kind::Hold) => {
                    let held = (client, channel, data.to_owned());
                    self.faults[met[client].unwrap_or(0)].held.push(held);
                    0
                }
            };
            for _ in 0..copies {
                self.got[client].push(data.to_owned());
            }
        }
        for at in striking {
            self.faults[at].strike();
        }
        true
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
}

fn json_of(asked: Asked, connections: &[ConnectionId]) -> serde_json::Value {
    let does = match asked.kind {
        Kind::Fail => "failTrigger",
        Kind::Lose => "lose",
        Kind::Duplicate => "duplicate",
        Kind::Hold => "hold",
    };
    json!({
        "does": does,
        "status": 503,
        "channel": asked.channel.map(|at| CHANNEL_PATTERNS[at]),
        "event": asked.event.map(|at| EVENT_PATTERNS[at]),
        "clients": asked.client.map(|at| [connections[at]]),
        "times": asked.times,
    })
}

struct Run {
    world: World,
    connections: Vec<ConnectionId>,
    faults: Vec<FaultId>,
    model: Model,
    published: usize,
}

impl Run {
    fn publish(&mut self, channel: usize, event: usize, except: Option<usize>) {
        self.published += 1;
        let data = self.published.to_string();
        let socket_id = except.and_then(|client| {
            let socket_id = self.world.app.socket_id(self.connections[client]);
            socket_id.map(str::to_owned)
        });
        let publication = Publication {
            channels: vec![CHANNELS[channel].to_owned()],
            name: EVENTS[event].to_owned(),
            data: data.clone(),
            socket_id,
            info: None,
        };
        let outcome = self.world.trigger(&publication);
        let accepted = self.model.publish(channel, event, except, &data);
        assert_eq!(
            !matches!(outcome, Err(ApiError::Fault(_))),
            accepted,
            "{data}"
        );
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
            } => self.publish(channel, event, except),
            Op::Begin(asked) => {
                let fault =
                    serde_json::from_value(json_of(asked, &self.connections)).expect("a fault");
                self.faults
                    .push(self.world.app.begin_fault(fault, self.world.now));
                self.model.faults.push(Fault {
                    asked,
                    left: asked.times,
                    held: Vec::new(),
                });
            }
            Op::Release(at) => {
                if at < self.faults.len() {
                    self.world.app.release_held(self.faults[at]);
                    self.model.release(at);
                }
            }
            Op::End(at) => {
                if at < self.faults.len() {
                    self.world.app.end_fault(self.faults.remove(at), true);
                    self.model.release(at);
                    self.model.faults.remove(at);
                }
            }
            Op::Reconnect(client) => {
                self.world
                    .app
                    .close(self.connections[client], self.world.now);
                self.connections[client] = self.world.client();
                for channel in 0..CHANNELS.len() {
                    self.model.leave(client, channel);
                }
                let all = self.faults.iter().zip(&self.model.faults);
                for (&id, fault) in all {
                    if fault.asked.client == Some(client) {
                        self.world
                            .app
                            .fault_follows(id, vec![self.connections[client]]);
                    }
                }
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
                    let frame: serde_json::Value = serde_json::from_str(frame).expect("JSON");
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
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn exactly_what_faults_say_is_lost_doubled_or_late(program in prop::collection::vec(ops(), 1..60)) {
        let mut world = World::new();
        let connections = (0..CLIENTS).map(|_| world.client()).collect();
        let model = Model::default();
        let mut run = Run { world, connections, faults: Vec::new(), model, published: 0 };
        for op in program {
            run.play(op);
            run.compare();
        }
        while !run.faults.is_empty() {
            run.play(Op::End(0));
            run.compare();
        }
        prop_assert!(!run.world.app.has_faults());
        for (channel, event) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            run.publish(channel, event, None);
            run.compare();
        }
    }
}

fn cases() -> u32 {
    match std::env::var_os("PUSHRIG_LONG") {
        Some(_) => 20_000,
        None => 300,
    }
}
