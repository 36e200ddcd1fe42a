//! What an app's own server is told by webhook, and when (Pusher docs: Webhooks).

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;
use serde::Serialize;
use serde_json::json;

use crate::broker::{AppId, Notification, Outlet, OutletId};
use crate::protocol::{ChannelName, Limits};

/// One event of a webhook; its JSON is what the receiver gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum WebhookEvent {
    /// A channel got its first subscriber.
    ChannelOccupied { channel: ChannelName },
    /// A channel lost its last subscriber.
    ChannelVacated { channel: ChannelName },
    /// A user joined a presence channel with their first connection.
    MemberAdded {
        channel: ChannelName,
        user_id: Box<str>,
    },
    /// A user left a presence channel with their last connection.
    MemberRemoved {
        channel: ChannelName,
        user_id: Box<str>,
    },
    /// A client sent an event to other clients. `data` is text: a string as it is, another value
    /// as JSON.
    ClientEvent {
        channel: ChannelName,
        event: Box<str>,
        data: Box<str>,
        socket_id: Box<str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        user_id: Option<Box<str>>,
    },
    /// Somebody subscribed to a cache channel that remembers no event.
    CacheMiss { channel: ChannelName },
    /// The number of subscribers of a channel changed.
    SubscriptionCount {
        channel: ChannelName,
        subscription_count: usize,
    },
}

impl WebhookEvent {
    /// What it is called, and of what: `channel_vacated of "task-1"`.
    pub fn title(&self) -> String {
        let json = json!(self);
        let name = json["name"].as_str().unwrap_or_default();
        format!("{name} of {}", json["channel"])
    }

    /// About how many bytes of memory it takes.
    fn weight(&self) -> usize {
        let (channel, texts) = match self {
            WebhookEvent::ChannelOccupied { channel }
            | WebhookEvent::ChannelVacated { channel }
            | WebhookEvent::CacheMiss { channel }
            | WebhookEvent::SubscriptionCount { channel, .. } => (channel, 0),
            WebhookEvent::MemberAdded { channel, user_id }
            | WebhookEvent::MemberRemoved { channel, user_id } => (channel, user_id.len()),
            WebhookEvent::ClientEvent {
                channel,
                event,
                data,
                socket_id,
                user_id,
            } => {
                let user_id = user_id.as_ref().map_or(0, |id| id.len());
                (
                    channel,
                    event.len() + data.len() + socket_id.len() + user_id,
                )
            }
        };
        size_of::<(Slot, WebhookEvent)>() + channel.as_str().len() + texts
    }
}

/// An event, and the journal's entry that has caused it; 0 for none.
pub type Caused = (u64, WebhookEvent);

/// When an event is due, and a running number that keeps the order of events due together.
type Slot = (u64, u64);

/// Clients that find no event on a cache channel within this time of the first one tell nothing
/// new, in milliseconds.
const SAME_MISS_MS: u64 = 3_000;

/// The channel, or the user on it, whose departure is held back.
type Departed = (ChannelName, Option<Box<str>>);

/// The webhook events of an app that wait for their receiver.
///
/// Departures wait for a while: when the client is back in time, neither the departure nor the
/// return is told. Does nothing and costs nothing until [enabled](Webhooks::enable).
pub struct Webhooks {
    app: AppId,
    /// Who takes the events and wants to hear when some wait.
    receiver: Option<Arc<dyn Outlet>>,
    /// How long departures wait, in milliseconds.
    hold_ms: u64,
    capacity: usize,
    capacity_bytes: usize,
    /// What `waiting` takes.
    bytes: usize,
    waiting: BTreeMap<Slot, Caused>,
    /// Where in `waiting` the departures are.
    departures: HashMap<Departed, Slot>,
    /// Until when further cache misses of a channel are the same one.
    misses: HashMap<ChannelName, u64>,
    /// The journal's entry of what happens now.
    cause: u64,
    sequence: u64,
    dropped: u64,
}

impl Webhooks {
    /// The webhooks of `app`, not enabled.
    pub fn new(app: AppId, limits: &Limits) -> Webhooks {
        Webhooks {
            app,
            receiver: None,
            hold_ms: limits.webhook_hold_ms,
            capacity: limits.webhook_queue,
            capacity_bytes: limits.webhook_queue_bytes,
            bytes: 0,
            waiting: BTreeMap::new(),
            departures: HashMap::new(),
            misses: HashMap::new(),
            cause: 0,
            sequence: 0,
            dropped: 0,
        }
    }

    /// Events are kept for `receiver` from now on; it replaces the one before. The receiver is
    /// told by [`Notification::WebhooksWaiting`] when an event comes that is due before all others.
    pub fn enable(&mut self, receiver: Arc<dyn Outlet>) {
        if !self.waiting.is_empty() {
            receiver.notify(Notification::WebhooksWaiting { app: self.app });
        }
        self.receiver = Some(receiver);
    }

    /// Forgets all events and keeps no more, if `receiver` is still the one who takes them.
    pub fn disable(&mut self, receiver: OutletId) {
        if self.is_taken_by(receiver) {
            self.receiver = None;
            self.clear();
        }
    }

    /// Whether somebody takes the events.
    pub fn is_enabled(&self) -> bool {
        self.receiver.is_some()
    }

    /// Whether this is who takes them.
    pub fn is_taken_by(&self, receiver: OutletId) -> bool {
        self.receiver.as_ref().map(|outlet| outlet.id()) == Some(receiver)
    }

    /// Departures wait this many milliseconds from now on; those that wait already keep their time.
    pub fn set_hold(&mut self, hold_ms: u64) {
        self.hold_ms = hold_ms;
    }

    /// Forgets what waits.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.bytes = 0;
        self.departures.clear();
        self.misses.clear();
    }

    /// The events that wait, those that are due first in front.
    pub fn waiting(&self) -> impl Iterator<Item = &WebhookEvent> {
        self.waiting.values().map(|(_, event)| event)
    }

    /// When [`take_due`](Webhooks::take_due) will have something, in milliseconds since the epoch.
    pub fn next_due(&self) -> Option<u64> {
        self.waiting.first_key_value().map(|(&(due, _), _)| due)
    }

    /// The events due at `now`, in the order in which they became due.
    pub fn take_due(&mut self, now: u64) -> Vec<Caused> {
        let later = self.waiting.split_off(&(now.saturating_add(1), 0));
        let due = std::mem::replace(&mut self.waiting, later);
        self.bytes -= due.values().map(|(_, event)| event.weight()).sum::<usize>();
        self.departures.retain(|_, slot| slot.0 > now);
        self.misses.retain(|_, until| *until > now);
        due.into_values().collect()
    }

    /// How many events found no room since the last call.
    pub fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    // ---- what happens in the app

    /// What happens from now on is written down in this entry of the journal.
    pub fn because(&mut self, cause: u64) {
        self.cause = cause;
    }

    /// The entry of what happens now.
    pub fn cause(&self) -> u64 {
        self.cause
    }

    /// `channel` got its first subscriber.
    pub fn occupied(&mut self, channel: &ChannelName, now: u64) {
        if self.is_enabled() && !self.returned(channel, None, now) {
            let channel = channel.clone();
            self.push(now, WebhookEvent::ChannelOccupied { channel });
        }
    }

    /// `channel` lost its last subscriber.
    pub fn vacated(&mut self, channel: &ChannelName, now: u64) {
        if self.is_enabled() {
            let event = WebhookEvent::ChannelVacated {
                channel: channel.clone(),
            };
            self.hold((channel.clone(), None), event, now);
        }
    }

    /// A user joined `channel` with their first connection.
    pub fn member_added(&mut self, channel: &ChannelName, user_id: &str, now: u64) {
        if self.is_enabled() && !self.returned(channel, Some(user_id), now) {
            let event = WebhookEvent::MemberAdded {
                channel: channel.clone(),
                user_id: user_id.into(),
            };
            self.push(now, event);
        }
    }

    /// A user left `channel` with their last connection.
    pub fn member_removed(&mut self, channel: &ChannelName, user_id: &str, now: u64) {
        if self.is_enabled() {
            let event = WebhookEvent::MemberRemoved {
                channel: channel.clone(),
                user_id: user_id.into(),
            };
            self.hold((channel.clone(), Some(user_id.into())), event, now);
        }
    }

    /// A client sent an event. `data` is the JSON it wrote; `user_id` is set on presence channels.
    pub fn client_event(
        &mut self,
        channel: &ChannelName,
        event: &str,
        data: &str,
        socket_id: &str,
        user_id: Option<&str>,
        now: u64,
    ) {
        if self.is_enabled() {
            let text = serde_json::from_str::<String>(data);
            let event = WebhookEvent::ClientEvent {
                channel: channel.clone(),
                event: event.into(),
                data: text.map_or_else(|_| data.into(), String::into_boxed_str),
                socket_id: socket_id.into(),
                user_id: user_id.map(Into::into),
            };
            self.push(now, event);
        }
    }

    /// Somebody found no event on a cache channel. Others who find none right after are not told.
    pub fn cache_miss(&mut self, channel: &ChannelName, now: u64) {
        if self.is_enabled() && self.misses.get(channel).is_none_or(|&until| until <= now) {
            // Only what is told is worth remembering, and no more of it than of the events themselves.
            if self.misses.len() >= self.capacity {
                self.misses.retain(|_, until| *until > now);
            }
            let event = WebhookEvent::CacheMiss {
                channel: channel.clone(),
            };
            if self.push(now, event).is_some() && self.misses.len() < self.capacity {
                self.misses
                    .insert(channel.clone(), now.saturating_add(SAME_MISS_MS));
            }
        }
    }

    /// `channel` has `subscription_count` subscribers now.
    pub fn subscription_count(
        &mut self,
        channel: &ChannelName,
        subscription_count: usize,
        now: u64,
    ) {
        if self.is_enabled() {
            let channel = channel.clone();
            let event = WebhookEvent::SubscriptionCount {
                channel,
                subscription_count,
            };
            self.push(now, event);
        }
    }

    /// Takes back a departure that is not due yet. False if there is none to take back.
    fn returned(&mut self, channel: &ChannelName, user_id: Option<&str>, now: u64) -> bool {
        let departed = (channel.clone(), user_id.map(Into::into));
        match self.departures.remove(&departed) {
            Some(slot) if slot.0 > now => match self.waiting.remove(&slot) {
                Some((_, event)) => {
                    self.bytes -= event.weight();
                    true
                }
                None => false,
            },
            _ => false,
        }
    }

    fn hold(&mut self, departed: Departed, event: WebhookEvent, now: u64) {
        if let Some(slot) = self.push(now.saturating_add(self.hold_ms), event) {
            self.departures.insert(departed, slot);
        }
    }

    /// Queues an event, unless the queue is full.
    fn push(&mut self, due: u64, event: WebhookEvent) -> Option<Slot> {
        let weight = event.weight();
        if self.waiting.len() >= self.capacity || self.bytes + weight > self.capacity_bytes {
            self.dropped += 1;
            return None;
        }
        let slot = (due, self.sequence);
        self.sequence += 1;
        let is_next = self.next_due().is_none_or(|next| due < next);
        self.waiting.insert(slot, (self.cause, event));
        self.bytes += weight;
        if is_next && let Some(receiver) = &self.receiver {
            receiver.notify(Notification::WebhooksWaiting { app: self.app });
        }
        Some(slot)
    }
}

#[cfg(test)]
mod tests;
