//! What a test does to the service and the network: rules that say which calls fail, and which events get lost, come twice or
//! come late.

use std::sync::Arc;

use serde::Deserialize;

use super::pattern::Pattern;
use crate::broker::{ChannelId, ConnectionId, Event};
use crate::protocol::{ChannelName, Failure};

/// Identifies a fault within its app.
pub type FaultId = u32;

/// Names of what was triggered that are kept for who asks why a fault struck nothing.
const HEARD: usize = 20;

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
    /// Which connection; all of them without it. 0 is one that is not there yet.
    #[serde(default)]
    pub client: Option<ConnectionId>,
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
}

/// A fault that is on.
struct Rule {
    id: FaultId,
    fault: Fault,
    /// How often it may strike yet; `None` is always.
    left: Option<u64>,
    strikes: u64,
    held: Vec<Held>,
}

impl Rule {
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
}

/// The faults that strike one event.
pub struct Struck(Vec<(Option<ConnectionId>, Course)>);

impl Struck {
    /// What happens to the event on its way to `connection`: the oldest fault decides.
    pub fn course(&self, connection: ConnectionId) -> Course {
        let rules = self.0.iter();
        let mut mine = rules.filter(|(client, _)| client.is_none_or(|client| client == connection));
        mine.next().map_or(Course::Usual, |&(_, course)| course)
    }
}

/// What became of a fault, told when it ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// How often it has struck.
    pub strikes: u64,
    /// Channels and names of what was triggered meanwhile, each once: the first few.
    pub heard: Vec<(ChannelName, Arc<str>)>,
}

/// The faults of an app, oldest first. There is no such object while there are none.
#[derive(Default)]
pub struct Faults {
    rules: Vec<Rule>,
    next_id: FaultId,
    heard: Vec<(ChannelName, Arc<str>)>,
}

impl Faults {
    /// From now on.
    pub fn begin(&mut self, fault: Fault) -> FaultId {
        self.next_id += 1;
        self.rules.push(Rule {
            id: self.next_id,
            left: fault.times,
            fault,
            strikes: 0,
            held: Vec::new(),
        });
        self.next_id
    }

    /// The fault is about this connection from now on: its client has come back.
    pub fn follow(&mut self, id: FaultId, connection: ConnectionId) {
        if let Some(rule) = self.rule(id) {
            rule.fault.client = Some(connection);
        }
    }

    /// How often it has struck, and how many events it holds.
    pub fn look(&mut self, id: FaultId) -> Option<(u64, usize)> {
        self.rule(id).map(|rule| (rule.strikes, rule.held.len()))
    }

    /// What it has held back until now, in the order in which that was published.
    pub fn release(&mut self, id: FaultId) -> Vec<Held> {
        self.rule(id)
            .map_or_else(Vec::new, |rule| std::mem::take(&mut rule.held))
    }

    /// The fault is over. What it still holds is gone: [release](Faults::release) it first.
    pub fn end(&mut self, id: FaultId) -> Option<Ended> {
        let at = self.rules.iter().position(|rule| rule.id == id)?;
        let rule = self.rules.remove(at);
        Some(Ended {
            strikes: rule.strikes,
            heard: self.heard.clone(),
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
        for (channel, event) in &events {
            self.hear(channel, event);
        }
        for rule in &mut self.rules {
            let Deed::FailTrigger(failure) = &rule.fault.deed else {
                continue;
            };
            let mut about = events.iter();
            if rule.left != Some(0)
                && about.any(|(channel, event)| rule.fault.is_about(channel.as_str(), event))
            {
                let failure = failure.clone();
                rule.strike();
                return Some(failure);
            }
        }
        None
    }

    /// An event is on its way to the subscribers of its channel: the faults that it meets with. `None`
    /// when there are none. `is_subscribed` tells it of a connection.
    pub fn strike(
        &mut self,
        event: &Event,
        is_subscribed: impl Fn(ConnectionId) -> bool,
    ) -> Option<Struck> {
        self.hear(&event.channel, &event.name);
        let mut struck = Vec::new();
        for (at, rule) in self.rules.iter_mut().enumerate() {
            let course = match rule.fault.deed {
                Deed::Lose => Course::Lost,
                Deed::Duplicate => Course::Twice,
                Deed::Hold => Course::Held(at),
                _ => continue,
            };
            let client = rule.fault.client;
            let is_due = rule.left != Some(0)
                && rule.fault.is_about(event.channel.as_str(), &event.name)
                && client.is_none_or(&is_subscribed);
            if !is_due {
                continue;
            }
            rule.strike();
            struck.push((client, course));
            // Nobody is left for those behind it.
            if client.is_none() {
                break;
            }
        }
        (!struck.is_empty()).then_some(Struck(struck))
    }

    /// An event waits by the rule at this place, see [`Course::Held`].
    pub fn hold(&mut self, at: usize, held: Held) {
        if let Some(rule) = self.rules.get_mut(at) {
            rule.held.push(held);
        }
    }

    fn rule(&mut self, id: FaultId) -> Option<&mut Rule> {
        self.rules.iter_mut().find(|rule| rule.id == id)
    }

    /// Only for who will ask: where every fault has struck, nobody will.
    fn hear(&mut self, channel: &ChannelName, event: &Arc<str>) {
        let is_asked = self.rules.iter().any(|rule| rule.strikes == 0);
        if is_asked
            && self.heard.len() < HEARD
            && !self.heard.iter().any(|(c, e)| c == channel && e == event)
        {
            self.heard.push((channel.clone(), event.clone()));
        }
    }
}
