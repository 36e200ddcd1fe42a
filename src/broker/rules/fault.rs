//! Faults: what a test does to the events of an app, at every door.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::broker::records::connection::Connection;
use crate::broker::records::fault::{Course, Ended, Fault, FaultId, Faults, Held};
use crate::broker::{App, Channel, ChannelId, ConnectionId, Event, Notification, Receipt};

impl App {
    /// The fault is on from now on, until [`App::end_fault`] or [`App::reset`].
    pub fn begin_fault(&mut self, fault: Fault) -> FaultId {
        self.faults.get_or_insert_default().begin(fault)
    }

    /// The client that a fault is about has another connection.
    pub fn fault_follows(&mut self, id: FaultId, connection: ConnectionId) {
        if let Some(faults) = &mut self.faults {
            faults.follow(id, connection);
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
        ended
    }
}

/// Hands `event` to the outlets as [`Channel::deliver`] does, unless a fault strikes it: then to each connection what it is to get.
pub(super) fn deliver(
    faults: &mut Faults,
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
        };
        let copies = match struck.course(to) {
            Course::Usual => 1,
            Course::Twice => 2,
            Course::Lost => 0,
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

fn send(connection: &Connection, Held { to, channel, event }: &Held) {
    connection.outlet.notify(Notification::PublishedTo {
        to: *to,
        channel: *channel,
        event,
    });
}

#[cfg(test)]
mod tests;
