//! What a test does to the service and the network: rules that say which calls fail, and which events get lost, come twice or
//! come late.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};

use super::pattern::Pattern;
use crate::broker::{ChannelId, ConnectionId, Event};
use crate::protocol::{ChannelName, Failure};

/// Identifies a fault in this process: whoever still has the number of one that a reset has ended means no other.
pub type FaultId = u32;

fn next_fault_id() -> FaultId {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Names of what was triggered that are kept for who asks why a fault struck nothing.
const HEARD: usize = 20;

/// What the faults of an app hold back together, at most; an event is taken whole. Beyond it events get lost.
const MAX_HELD: usize = 100_000;
const MAX_HELD_BYTES: usize = 64 * 1024 * 1024;

/// What a fault does.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "does", rename_all = "camelCase")]
pub enum Deed {
    /// A call that publishes is refused, or never answered.
    FailTrigger(Failure),
    /// An event is accepted and reaches nobody.
    Lose,
    /// An event arrives twice.
    Duplicate,
    /// An event waits until it is released.
    Hold,
    /// Nothing goes from or to a connection, nobody is told, and who would connect anew waits.
    Silence,
    /// Connecting fails, with a close code.
    Refuse(Refusal),
    /// Connecting takes longer.
    Delay { ms: u64 },
    /// Joining a channel that needs a signature fails, or signing in, which is the channel `user`.
    FailAuthorization(AuthorizationFailure),
    /// A webhook comes to nothing.
    FailWebhook(Failure),
}

/// How connecting fails.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Refusal {
    pub code: u16,
    pub reason: String,
    /// Which of the attempts fail, one after the other; all of them without it, and none behind its end.
    #[serde(default)]
    pub which: Option<Vec<bool>>,
}

/// How authorizing fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationFailure {
    pub status: Option<u16>,
    pub message: Option<String>,
}

impl AuthorizationFailure {
    /// The HTTP status of the endpoint.
    pub fn status(&self) -> u16 {
        self.status.unwrap_or(403)
    }

    /// What the endpoint says.
    pub fn text(&self) -> &str {
        let usual = "pushrig: network().failAuthorization() has refused this";
        self.message.as_deref().unwrap_or(usual)
    }
}

/// What a connection that is being opened meets with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpeningConditions {
    /// It waits until the network is back.
    pub is_stalled: bool,
    /// Close code and reason.
    pub refusal: Option<(u16, String)>,
    pub delay_ms: u64,
}

/// A fault as it is asked for.
#[derive(Clone, Debug, Deserialize)]
pub struct Fault {
    #[serde(flatten)]
    pub deed: Deed,
    /// Which channels; all of them without it.
    #[serde(default)]
    pub channel: Option<Pattern>,
    /// Which events; all of them without it.
    #[serde(default)]
    pub event: Option<Pattern>,
    /// Which connections; all of them without it. 0 is one that is not there yet.
    #[serde(default)]
    pub clients: Option<Vec<ConnectionId>>,
    /// Those of them whose next connection nobody can tell from others: sockets of gateways.
    #[serde(default)]
    pub strangers: Vec<ConnectionId>,
    /// How often; always without it.
    #[serde(default)]
    pub times: Option<u64>,
}

impl Fault {
    fn is_about(&self, channel: &str, event: &str) -> bool {
        let says_yes = |pattern: &Option<Pattern>, name: &str| {
            pattern.as_ref().is_none_or(|pattern| pattern.matches(name))
        };
        says_yes(&self.channel, channel) && says_yes(&self.event, event)
    }
}

/// An event that waits, and for whom.
#[derive(Clone, Debug)]
pub struct Held {
    pub to: ConnectionId,
    pub channel: ChannelId,
    pub event: Arc<Event>,
    /// It is held back from this connection, and not from everybody.
    pub is_alone: bool,
}

/// A fault that is on.
struct Rule {
    id: FaultId,
    fault: Fault,
    /// How often it may strike yet; `None` is always.
    left: Option<u64>,
    strikes: u64,
    held: Vec<Held>,
    /// About how many bytes of memory that is.
    bytes: usize,
    /// Events that it would have held, and had no room for.
    dropped: u64,
    /// Channels and names of what it was not about, each once: the first few.
    heard: Vec<(Box<str>, Box<str>)>,
    /// Connections that it silences.
    silenced: Vec<ConnectionId>,
    /// Somebody who would connect has waited because of it.
    keeps_out: bool,
}

impl Rule {
    /// Strikes if it is about one of these events and not yet done.
    fn strikes_any<'a>(
        &mut self,
        events: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> bool {
        let mut about = events.clone();
        let is_struck = self.left != Some(0)
            && about.any(|(channel, event)| self.fault.is_about(channel, event));
        if is_struck {
            self.strike();
            return true;
        }
        for (channel, event) in events {
            self.hear(channel, event);
        }
        false
    }

    /// Only for who will ask why it has struck nothing.
    fn hear(&mut self, channel: &str, event: &str) {
        let is_known =
            |(known, name): &(Box<str>, Box<str>)| **known == *channel && **name == *event;
        if self.strikes == 0 && self.heard.len() < HEARD && !self.heard.iter().any(is_known) {
            self.heard.push((channel.into(), event.into()));
        }
    }

    fn strike(&mut self) {
        self.left = self.left.map(|left| left.saturating_sub(1));
        self.strikes += 1;
    }
}

/// What one event meets with on its way to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    Usual,
    Lost,
    Twice,
    /// By the rule at this place.
    Held(usize),
    /// It would be held, and there is no room.
    Dropped,
}

/// The faults that strike one event.
pub struct Struck(Vec<(Option<Vec<ConnectionId>>, Course)>);

impl Struck {
    /// Each fault: the connections that it is about, if it is about some, and what it does.
    pub fn courses(&self) -> impl Iterator<Item = (Option<&[ConnectionId]>, Course)> {
        let rules = self.0.iter();
        rules.map(|(clients, course)| (clients.as_deref(), *course))
    }

    /// Whether what happens to a connection happens to it alone.
    pub fn is_alone(&self, connection: ConnectionId) -> bool {
        self.0.iter().any(|(clients, _)| {
            let clients = clients.as_ref();
            clients.is_some_and(|clients| clients.contains(&connection))
        })
    }

    /// What happens to the event on its way to `connection`: the oldest fault decides.
    pub fn course(&self, connection: ConnectionId) -> Course {
        let rules = self.0.iter();
        let mut mine = rules.filter(|(clients, _)| {
            let clients = clients.as_ref();
            clients.is_none_or(|clients| clients.contains(&connection))
        });
        mine.next().map_or(Course::Usual, |(_, course)| *course)
    }
}

/// What became of a fault, told when it ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// How often it has struck.
    pub strikes: u64,
    /// Events that it had no room for.
    pub dropped: u64,
    /// Channels and names of what it could have struck, each once: the first few.
    pub heard: Vec<(Box<str>, Box<str>)>,
    /// Connections that it has silenced, and no other fault does.
    pub silenced: Vec<ConnectionId>,
    /// Whether somebody may have waited for it to end before connecting.
    pub unstalls: bool,
    /// Whether somebody has, of whom the broker knows.
    pub kept_out: bool,
}

/// The faults of an app, oldest first. There is no such object while there are none.
#[derive(Default)]
pub struct Faults {
    rules: Vec<Rule>,
}

impl Faults {
    /// From now on.
    pub fn begin(&mut self, fault: Fault) -> FaultId {
        let id = next_fault_id();
        self.rules.push(Rule {
            id,
            left: fault.times,
            fault,
            strikes: 0,
            held: Vec::new(),
            bytes: 0,
            dropped: 0,
            heard: Vec::new(),
            silenced: Vec::new(),
            keeps_out: false,
        });
        id
    }

    /// The fault is about these connections from now on: a client of its has come back.
    pub fn follow(&mut self, id: FaultId, connections: Vec<ConnectionId>) {
        if let Some(rule) = self.rule(id) {
            rule.fault.clients = Some(connections);
        }
    }

    /// How often it has struck, and how many events it holds.
    pub fn look(&mut self, id: FaultId) -> Option<(u64, usize)> {
        self.rule(id).map(|rule| (rule.strikes, rule.held.len()))
    }

    /// What it has held back until now, in the order in which that was published.
    pub fn release(&mut self, id: FaultId) -> Vec<Held> {
        self.rule(id).map_or_else(Vec::new, |rule| {
            rule.bytes = 0;
            std::mem::take(&mut rule.held)
        })
    }

    /// The fault is over. What it still holds is gone: [release](Faults::release) it first.
    pub fn end(&mut self, id: FaultId) -> Option<Ended> {
        let at = self.rules.iter().position(|rule| rule.id == id)?;
        let rule = self.rules.remove(at);
        let silenced = rule.silenced.into_iter();
        Some(Ended {
            strikes: rule.strikes,
            dropped: rule.dropped,
            heard: rule.heard,
            silenced: silenced.filter(|&one| !self.silences(one)).collect(),
            unstalls: rule.fault.deed == Deed::Silence,
            kept_out: rule.keeps_out,
        })
    }

    /// Whether there is none left.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// A server publishes these events in one call: the failure that it meets with.
    pub fn fail_trigger<'a>(
        &mut self,
        events: impl Iterator<Item = (&'a ChannelName, &'a Arc<str>)>,
    ) -> Option<Failure> {
        let events: Vec<_> = events.collect();
        for rule in &mut self.rules {
            let Deed::FailTrigger(failure) = &rule.fault.deed else {
                continue;
            };
            let failure = failure.clone();
            let events = events
                .iter()
                .map(|(channel, event)| (channel.as_str(), &***event));
            if rule.strikes_any(events) {
                return Some(failure);
            }
        }
        None
    }

    /// A connection is about to be opened: by a client that the faults `about` are about, or by somebody who is not known. Such a one
    /// is taken for a stranger that is not there any more.
    pub fn opening(
        &mut self,
        about: Option<&[FaultId]>,
        is_there: impl Fn(ConnectionId) -> bool,
    ) -> OpeningConditions {
        let mut opening = OpeningConditions::default();
        // Who waits has not come yet, as far as the others are concerned, older ones too.
        for rule in &mut self.rules {
            if rule.fault.deed == Deed::Silence && rule.fault.clients.is_none() {
                opening.is_stalled = true;
                rule.keeps_out = true;
            }
        }
        if opening.is_stalled {
            return opening;
        }
        for rule in &mut self.rules {
            let is_meant = match about {
                _ if rule.fault.clients.is_none() => true,
                Some(about) => about.contains(&rule.id),
                None => rule.fault.strangers.iter().any(|&one| !is_there(one)),
            };
            match &mut rule.fault.deed {
                Deed::Refuse(refusal)
                    if is_meant && opening.refusal.is_none() && rule.left != Some(0) =>
                {
                    let is_struck = match &mut refusal.which {
                        Some(which) if which.is_empty() => false,
                        Some(which) => which.remove(0),
                        None => true,
                    };
                    if is_struck {
                        opening.refusal = Some((refusal.code, refusal.reason.clone()));
                        rule.strike();
                    }
                }
                Deed::Delay { ms } if rule.left != Some(0) => {
                    opening.delay_ms = opening.delay_ms.max(*ms);
                    rule.strike();
                }
                _ => {}
            }
        }
        opening
    }

    /// A client asks to join a channel, or to sign in: how that fails.
    pub fn fail_authorization(&mut self, channel: &str) -> Option<AuthorizationFailure> {
        let mut rules = self.rules.iter_mut();
        rules.find_map(|rule| match rule.fault.deed.clone() {
            Deed::FailAuthorization(failure) => rule
                .strikes_any([(channel, "")].into_iter())
                .then_some(failure),
            _ => None,
        })
    }

    /// A webhook with these events, as channel and name, is about to be sent: how that fails.
    pub fn fail_webhook<'a>(
        &mut self,
        events: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> Option<Failure> {
        let mut rules = self.rules.iter_mut();
        rules.find_map(|rule| match rule.fault.deed.clone() {
            Deed::FailWebhook(failure) => rule.strikes_any(events.clone()).then_some(failure),
            _ => None,
        })
    }

    /// The fault silences these connections.
    pub fn silence(&mut self, id: FaultId, connections: Vec<ConnectionId>) {
        if let Some(rule) = self.rule(id) {
            rule.strikes += connections.len() as u64;
            rule.silenced.extend(connections);
        }
    }

    /// Whether a connection is silent.
    pub fn silences(&self, connection: ConnectionId) -> bool {
        self.rules
            .iter()
            .any(|rule| rule.silenced.contains(&connection))
    }

    /// An event is on its way to the subscribers of its channel: the faults that it meets with. `None`
    /// when there are none. `is_subscribed` tells it of a connection.
    pub fn strike(
        &mut self,
        event: &Event,
        is_subscribed: impl Fn(ConnectionId) -> bool,
    ) -> Option<Struck> {
        let mut struck = Vec::new();
        let has_room = self.has_room();
        for (at, rule) in self.rules.iter_mut().enumerate() {
            let course = match rule.fault.deed {
                Deed::Lose => Course::Lost,
                Deed::Duplicate => Course::Twice,
                Deed::Hold if has_room => Course::Held(at),
                Deed::Hold => Course::Dropped,
                _ => continue,
            };
            let mut clients = rule.fault.clients.clone();
            let (channel, name) = (event.channel.as_str(), &*event.name);
            if let Some(clients) = &mut clients {
                // Those who have met an older one meet no other.
                let has_met = |client: &ConnectionId| {
                    let mut known = struck.iter();
                    known.any(|(known, _): &(Option<Vec<_>>, _)| {
                        known.as_ref().is_some_and(|known| known.contains(client))
                    })
                };
                clients.retain(|client| !has_met(client));
                if clients.is_empty() {
                    continue;
                }
                clients.retain(|&client| is_subscribed(client));
                if clients.is_empty() {
                    rule.hear(channel, name);
                    continue;
                }
            }
            if !rule.strikes_any([(channel, name)].into_iter()) {
                continue;
            }
            rule.dropped += u64::from(course == Course::Dropped);
            let is_of_all = clients.is_none();
            struck.push((clients, course));
            // Nobody is left for those behind it.
            if is_of_all {
                break;
            }
        }
        (!struck.is_empty()).then_some(Struck(struck))
    }

    /// An event waits by the rule at this place, see [`Course::Held`].
    pub fn hold(&mut self, at: usize, held: Held) {
        if let Some(rule) = self.rules.get_mut(at) {
            let before = rule.held.last();
            rule.bytes += weight(&held, before);
            rule.held.push(held);
        }
    }

    /// Whether another event may be held back.
    fn has_room(&self) -> bool {
        let held: usize = self.rules.iter().map(|rule| rule.held.len()).sum();
        let bytes: usize = self.rules.iter().map(|rule| rule.bytes).sum();
        held < MAX_HELD && bytes < MAX_HELD_BYTES
    }

    /// A subscription has ended, and what is held back for it: the next one is another.
    pub fn left(&mut self, connection: ConnectionId, channel: ChannelId) {
        for rule in &mut self.rules {
            let count = rule.held.len();
            rule.held
                .retain(|held| held.to != connection || held.channel != channel);
            if rule.held.len() < count {
                let before = std::iter::once(None).chain(rule.held.iter().map(Some));
                rule.bytes = rule
                    .held
                    .iter()
                    .zip(before)
                    .map(|(one, last)| weight(one, last))
                    .sum();
            }
        }
    }

    fn rule(&mut self, id: FaultId) -> Option<&mut Rule> {
        self.rules.iter_mut().find(|rule| rule.id == id)
    }
}

/// About how many bytes it takes behind another one, which may hold the same event.
fn weight(held: &Held, before: Option<&Held>) -> usize {
    let is_shared = before.is_some_and(|before| Arc::ptr_eq(&before.event, &held.event));
    // The data, and the frame of it where that was sent.
    let event = size_of::<Event>() + 2 * held.event.data_len();
    size_of::<Held>() + if is_shared { 0 } else { event }
}
