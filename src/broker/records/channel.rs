//! A channel: who listens behind which outlet, its members, and the event it hands to newcomers.

use std::ops::Deref;
use std::sync::Arc;

use super::presence::Presence;
use crate::broker::{ChannelId, ConnectionId, Door, Event, Notification, Outlet, OutletId};
use crate::protocol::{ChannelKind, ChannelName, ServerFrame, SharedFrame};

/// The broker's record of a channel. Which connections are subscribed is known to the connections;
/// a channel only counts them, per outlet, so that an event costs nothing per subscriber here.
pub struct Channel {
    pub(in crate::broker) id: ChannelId,
    pub(in crate::broker) name: ChannelName,
    pub(in crate::broker) kind: ChannelKind,
    /// Whether it hands its last event to new subscribers.
    pub(in crate::broker) is_cache: bool,
    /// The outlets with at least one subscriber.
    listeners: Vec<Listeners>,
    subscribers: usize,
    /// Of those: sockets of gateways.
    sockets: usize,
    /// When it got its first subscriber, as a running number: channels are listed in this order.
    pub(in crate::broker) occupied_since: u64,
    /// Members, of presence channels.
    pub(in crate::broker) presence: Option<Box<Presence>>,
    /// The name of the last event. It has passed the checks, and most channels repeat few names.
    pub(in crate::broker) last_name: Option<Arc<str>>,
    /// A `subscription_count` is due, see [`crate::broker::App::tick`].
    pub(in crate::broker) count_due: bool,
}

/// What became of an event published with [`App::publish_to`](crate::broker::App::publish_to).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The publisher's own outlet has subscribers and nothing in its queue: the publisher delivers
    /// to them itself.
    pub local: bool,
    /// The queue of some outlet got the event.
    pub pushed: bool,
    /// Connections subscribed to the channel, the excepted one included.
    pub subscribers: u32,
    /// The event's number in the app's journal.
    pub seq: u64,
}

/// Subscribers behind one outlet.
struct Listeners {
    outlet: Arc<dyn Outlet>,
    id: OutletId,
    door: Door,
    count: usize,
}

impl Channel {
    pub(in crate::broker) fn new(id: ChannelId, name: ChannelName) -> Channel {
        let kind = name.kind();
        Channel {
            id,
            is_cache: name.is_cache(),
            kind,
            listeners: Vec::new(),
            subscribers: 0,
            sockets: 0,
            occupied_since: 0,
            presence: (kind == ChannelKind::Presence).then(Box::default),
            last_name: None,
            count_due: false,
            name,
        }
    }

    /// The name.
    pub fn name(&self) -> &ChannelName {
        &self.name
    }

    /// Connections subscribed to it.
    pub fn subscription_count(&self) -> usize {
        self.subscribers
    }

    /// Of those: sockets of gateways.
    pub(in crate::broker) fn socket_count(&self) -> usize {
        self.sockets
    }

    /// Whether anybody is subscribed.
    pub fn is_occupied(&self) -> bool {
        self.subscribers > 0
    }

    /// Whether the app's server hears of it. The `#server-to-user-` channels of signed-in users
    /// are the protocol's own.
    pub(in crate::broker) fn is_public_knowledge(&self) -> bool {
        self.kind != ChannelKind::ServerToUser
    }

    /// Distinct users on it; `None` unless it is a presence channel.
    pub fn user_count(&self) -> Option<usize> {
        self.presence.as_ref().map(|presence| presence.len())
    }

    /// The ids of the users on it, in the order in which they came.
    pub fn user_ids(&self) -> Vec<Arc<str>> {
        self.presence
            .as_ref()
            .map_or_else(Vec::new, |presence| presence.user_ids())
    }

    /// One more subscriber behind `outlet`. True if it is the only one there.
    pub(in crate::broker) fn add_subscriber(&mut self, outlet: &Arc<dyn Outlet>) -> bool {
        self.subscribers += 1;
        let (id, door) = (outlet.id(), outlet.door());
        self.sockets += usize::from(door == Door::Socket);
        match self.listeners.iter_mut().find(|known| known.id == id) {
            Some(known) => {
                known.count += 1;
                false
            }
            None => {
                self.listeners.push(Listeners {
                    outlet: outlet.clone(),
                    id,
                    door,
                    count: 1,
                });
                true
            }
        }
    }

    /// One subscriber behind `outlet` less.
    pub(in crate::broker) fn remove_subscriber(&mut self, outlet: OutletId) {
        if let Some(at) = self.listeners.iter().position(|known| known.id == outlet) {
            self.subscribers -= 1;
            self.sockets -= usize::from(self.listeners[at].door == Door::Socket);
            self.listeners[at].count -= 1;
            if self.listeners[at].count == 0 {
                self.listeners.swap_remove(at);
            }
        }
    }

    /// Hands `event`, the entry `seq` of the journal, to every outlet with subscribers, save the publisher's
    /// own outlet `from` while nothing waits in its queue: there the publisher delivers. It may be one that
    /// is made for the first who wants it: where the publisher is alone nobody does.
    pub(in crate::broker) fn deliver(
        &self,
        event: &impl Deref<Target = Arc<Event>>,
        seq: u64,
        except: Option<ConnectionId>,
        from: Option<OutletId>,
    ) -> Receipt {
        let mut receipt = Receipt {
            subscribers: self.subscribers as u32,
            seq,
            ..Receipt::default()
        };
        for listeners in &self.listeners {
            if from == Some(listeners.id) && listeners.outlet.is_idle() {
                receipt.local = true;
            } else {
                listeners.outlet.notify(Notification::Published {
                    channel: self.id,
                    event,
                    except,
                });
                receipt.pushed = true;
            }
        }
        receipt
    }

    /// Sends a frame to every subscriber save `except`.
    pub(in crate::broker) fn broadcast(&self, frame: ServerFrame, except: Option<ConnectionId>) {
        if self.listeners.is_empty() {
            return;
        }
        let frame = &Arc::new(SharedFrame::from(frame));
        let channel = self.id;
        for listeners in &self.listeners {
            listeners.outlet.notify(Notification::Broadcast {
                channel,
                frame,
                except,
            });
        }
    }
}
