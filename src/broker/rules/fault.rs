//! Faults: what a test does to the events of an app, at every door.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::broker::journal::{Entry, Journal, Kind, Party};
use crate::broker::outcome::Done;
use crate::broker::records::connection::Connection;
use crate::broker::records::fault::{
    AuthorizationFailure, Course, Deed, Ended, Fault, FaultId, Faults, Held, OpeningConditions,
};
use crate::broker::{App, Channel, ChannelId, ConnectionId, Event, Notification, Receipt, Silence};
use crate::protocol::{Failure, SocketError};

/// How long the service waits for the answer to its ping.
const PONG_TIMEOUT_MS: u64 = 30_000;

const NO_ROOM: &str =
    "network().hold() keeps back 100,000 events or 64 MiB already and has no room for it";

impl App {
    /// The fault is on from now on, until [`App::end_fault`] or [`App::reset`].
    pub fn begin_fault(&mut self, fault: Fault, now: u64) -> FaultId {
        let (silences, clients) = (fault.deed == Deed::Silence, fault.clients.clone());
        let id = self.faults.get_or_insert_default().begin(fault);
        if silences {
            self.silence(id, clients.as_deref(), now);
        }
        id
    }

    /// Silences these connections, or all of them.
    fn silence(&mut self, id: FaultId, clients: Option<&[ConnectionId]>, now: u64) {
        let mut connections = self.connection_ids();
        let Some(faults) = &mut self.faults else {
            return;
        };
        connections.retain(|one| clients.is_none_or(|clients| clients.contains(one)));
        for connection in &connections {
            let Some(record) = self.connections.get(connection) else {
                continue;
            };
            if !faults.silences(*connection) {
                let cut = Entry::new(Kind::Fault).about(&record.who);
                let cut = cut.with(|more| more.method = Some("silence".into()));
                self.journal.write(cut.saying("the cable is out"));
                self.silent.insert(*connection, record.outlet.clone());
                record.outlet.notify(Notification::Silenced {
                    connection: *connection,
                    silence: Silence::Begins,
                });
                // Gateways look after their sockets themselves.
                if !record.outlet.survives_reset() {
                    let patience = self.options.limits.activity_timeout_s;
                    let due = now + u64::from(patience) * 1000 + PONG_TIMEOUT_MS;
                    self.silences_due.push_back((due, *connection));
                }
            }
        }
        faults.silence(id, connections);
    }

    /// Ends the silent connections that the service has given up.
    pub(in crate::broker) fn drop_silent(&mut self, now: u64, done: &mut Done) {
        while let Some(&(due, connection)) = self.silences_due.front()
            && due <= now
        {
            self.silences_due.pop_front();
            let is_silent = |faults: &Faults| faults.silences(connection);
            if self.faults.as_deref().is_some_and(is_silent) {
                self.refuse_late(connection, &SocketError::NoPong, now, done);
            }
        }
    }

    /// When that may have to happen next.
    pub(in crate::broker) fn next_silence(&self) -> Option<u64> {
        self.silences_due.front().map(|&(due, _)| due)
    }

    /// Whether a test does anything to it.
    pub fn has_faults(&self) -> bool {
        self.faults.is_some()
    }

    /// What a connection that is about to be opened meets with: see [`Faults::opening`].
    pub fn opening(&mut self, about: Option<&[FaultId]>) -> OpeningConditions {
        let connections = &self.connections;
        let is_there = |connection| connections.contains_key(&connection);
        let faults = self.faults.as_mut();
        faults.map_or_else(OpeningConditions::default, |faults| {
            faults.opening(about, is_there)
        })
    }

    /// How joining a channel fails, or signing in, which is the channel `user`.
    pub fn fail_authorization(&mut self, channel: &str) -> Option<AuthorizationFailure> {
        self.faults.as_mut()?.fail_authorization(channel)
    }

    /// How a webhook with these events, as channel and name, fails.
    pub fn fail_webhook(&mut self, events: &[(String, String)]) -> Option<Failure> {
        let events = events.iter();
        let events = events.map(|(channel, event)| (channel.as_str(), event.as_str()));
        self.faults.as_mut()?.fail_webhook(events)
    }

    /// Every silent connection is heard again, and who has waited goes on: no fault is left.
    pub(in crate::broker) fn end_all_faults(&mut self) {
        if self.faults.take().is_some() {
            self.silences_due.clear();
            let silent: Vec<_> = self.silent.keys().copied().collect();
            self.speak(&silent, Silence::Forgotten);
            self.unstall();
        }
    }

    fn speak(&mut self, connections: &[ConnectionId], how: Silence) {
        self.silences_due
            .retain(|(_, connection)| !connections.contains(connection));
        for &connection in connections {
            if let Some(record) = self.connections.get(&connection) {
                let heard = Entry::new(Kind::Fault).about(&record.who);
                let heard = heard.with(|more| more.method = Some("restore".into()));
                self.journal.write(heard.saying("the cable is in again"));
            }
            // The broker may have forgotten it.
            if let Some(outlet) = self.silent.remove(&connection) {
                outlet.notify(Notification::Silenced {
                    connection,
                    silence: how,
                });
            }
        }
    }

    fn unstall(&self) {
        for outlet in self.outlets.values() {
            outlet.notify(Notification::Unstalled { app: self.id() });
        }
    }

    /// A client that a fault is about has another connection: these are all of them now.
    pub fn fault_follows(&mut self, id: FaultId, connections: Vec<ConnectionId>) {
        if let Some(faults) = &mut self.faults {
            faults.follow(id, connections);
        }
    }

    /// How often a fault has struck, and how many events it holds; `None` once it is over.
    pub fn look_at_fault(&mut self, id: FaultId) -> Option<(u64, usize)> {
        self.faults.as_mut()?.look(id)
    }

    /// Lets go of what a fault has held back, in the order in which it was published. Who has left the channel since gets
    /// nothing. Gives how many there were.
    pub fn release_held(&mut self, id: FaultId) -> usize {
        let held = self
            .faults
            .as_mut()
            .map_or_else(Vec::new, |faults| faults.release(id));
        // One entry for each event, in the order in which they go out.
        for (at, one) in held.iter().enumerate() {
            if held[..at]
                .iter()
                .all(|before| before.event.seq != one.event.seq)
            {
                let who = self.connections.get(&one.to).map(|record| &record.who);
                let who = who.filter(|_| one.is_alone);
                let text = "network().hold() has let go of it";
                note(&mut self.journal, "release", &one.event, who, text);
            }
        }
        for held in &held {
            let connection = self.connections.get(&held.to);
            if let Some(connection) = connection.filter(|one| is_on(one, held.channel)) {
                send(connection, held);
            }
        }
        held.len()
    }

    /// The fault is over. What it has held back arrives if it `releases` it, and never otherwise. `None`
    /// when it was over before.
    pub fn end_fault(&mut self, id: FaultId, releases: bool) -> Option<Ended> {
        if releases {
            self.release_held(id);
        }
        let faults = self.faults.as_mut()?;
        let ended = faults.end(id);
        if faults.is_empty() {
            self.faults = None;
        }
        let ended = ended?;
        let how = match releases {
            true => Silence::Over,
            false => Silence::Forgotten,
        };
        self.speak(&ended.silenced, how);
        if ended.unstalls {
            self.unstall();
        }
        Some(ended)
    }
}

/// Hands `event` to the outlets as [`Channel::deliver`] does, unless a fault strikes it: then to each connection what it is to get.
pub(super) fn deliver(
    faults: &mut Faults,
    journal: &mut Journal,
    connections: &HashMap<ConnectionId, Connection>,
    channel: &Channel,
    event: &Arc<Event>,
    except: Option<ConnectionId>,
) -> Option<Receipt> {
    let id = channel.id;
    let is_subscribed = |connection| {
        let record = connections.get(&connection);
        except != Some(connection) && record.is_some_and(|record| is_on(record, id))
    };
    let struck = faults.strike(event, is_subscribed)?;
    for (clients, course) in struck.courses() {
        let (verb, text) = match course {
            Course::Usual => continue,
            Course::Lost => ("lose", "network().lose() took it"),
            Course::Twice => ("duplicate", "network().duplicate() delivers it twice"),
            Course::Held(_) => ("hold", "network().hold() keeps it back"),
            Course::Dropped => ("lose", NO_ROOM),
        };
        let Some(clients) = clients else {
            note(journal, verb, event, None, text);
            continue;
        };
        for client in clients {
            let who = connections.get(client).map(|record| &record.who);
            note(journal, verb, event, who, text);
        }
    }
    let mut subscribers: Vec<_> = connections
        .iter()
        .filter(|&(&to, record)| except != Some(to) && is_on(record, id))
        .collect();
    subscribers.sort_unstable_by_key(|&(&to, _)| to);
    let mut receipt = Receipt {
        subscribers: channel.subscription_count() as u32,
        seq: event.seq,
        ..Receipt::default()
    };
    for (&to, record) in subscribers {
        let event = event.clone();
        let one = Held {
            to,
            channel: id,
            event,
            is_alone: struck.is_alone(to),
        };
        let copies = match struck.course(to) {
            Course::Usual => 1,
            Course::Twice => 2,
            Course::Lost | Course::Dropped => 0,
            Course::Held(rule) => {
                faults.hold(rule, one);
                continue;
            }
        };
        for _ in 0..copies {
            send(record, &one);
            receipt.pushed = true;
        }
    }
    Some(receipt)
}

fn is_on(connection: &Connection, channel: ChannelId) -> bool {
    !connection.is_leaving && connection.channels.contains(&channel)
}

/// Writes down what a fault has done to an event.
fn note(
    journal: &mut Journal,
    verb: &'static str,
    event: &Event,
    who: Option<&Arc<Party>>,
    text: &str,
) {
    let mut entry = Entry::new(Kind::Fault)
        .on(event.channel.shared())
        .with(|more| more.method = Some(verb.into()))
        .saying(text);
    entry = entry.with(|more| {
        more.event = Some(event.name.clone());
        more.who = who.cloned();
    });
    let before = journal.because(event.seq);
    journal.write(entry);
    journal.so(before);
}

fn send(
    connection: &Connection,
    Held {
        to, channel, event, ..
    }: &Held,
) {
    connection.outlet.notify(Notification::PublishedTo {
        to: *to,
        channel: *channel,
        event,
    });
}

#[cfg(test)]
mod programs;
#[cfg(test)]
mod tests;
