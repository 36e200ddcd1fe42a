//! Looking inside: what tests and people want to know. Nothing here changes anything.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::broker::journal::Parts;
use crate::broker::records::connection::Connection;
use crate::broker::{App, Channel, ConnectionId, Message, Selection, UnderWay, Untaken};
use crate::protocol::ServerFrame;

impl App {
    /// Every connection, the oldest first.
    pub fn connection_ids(&self) -> Vec<ConnectionId> {
        let mut ids: Vec<ConnectionId> = self.connections.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// A channel that somebody is subscribed to or that is remembered.
    pub fn channel(&self, name: &str) -> Option<&Channel> {
        self.channels.get(&self.known_channel(name)?)
    }

    /// The channels with at least one subscriber, in the order in which they got it. The
    /// `#server-to-user-` channels of signed-in users are left out.
    pub fn occupied_channels(&self) -> Vec<&Channel> {
        let mut channels: Vec<&Channel> = self
            .channels
            .values()
            .filter(|channel| channel.is_occupied() && channel.is_public_knowledge())
            .collect();
        channels.sort_unstable_by_key(|channel| channel.occupied_since);
        channels
    }

    /// The names of the channels with at least one subscriber.
    pub fn active_channels(&self) -> Vec<String> {
        self.occupied_channels()
            .into_iter()
            .map(|channel| channel.name.to_string())
            .collect()
    }

    /// How many connections are subscribed to a channel.
    pub fn subscriber_count(&self, channel: &str) -> usize {
        self.channel(channel).map_or(0, Channel::subscription_count)
    }

    /// The names of the connections subscribed to a channel, the oldest connection first.
    pub fn channel_subscribers(&self, channel: &str) -> Vec<String> {
        let Some(channel) = self.channel(channel).filter(|c| c.is_occupied()) else {
            return Vec::new();
        };
        self.connection_ids()
            .into_iter()
            .filter_map(|connection| self.connections.get(&connection))
            .filter(|record| record.channels.contains(&channel.id))
            .map(|record| record.name.to_string())
            .collect()
    }

    /// The channels of the connection of this name, in the order in which it subscribed; `None`
    /// when there are none.
    pub fn subscribed_channels(&self, connection: &str) -> Option<Vec<String>> {
        let channels = self.channels_of(self.connection_named(connection)?);
        (!channels.is_empty()).then_some(channels.into_iter().map(String::from).collect())
    }

    /// The members of a presence channel, as a newcomer is told of them; `None` where nobody is.
    pub fn members(&mut self, channel: &str) -> Option<ServerFrame> {
        let id = self.known_channel(channel)?;
        let Channel { name, presence, .. } = self.channels.get_mut(&id)?;
        let presence = presence.as_mut().filter(|presence| presence.len() > 0)?;
        Some(presence.subscription_succeeded(name))
    }

    /// The messages of a channel, oldest first.
    pub fn messages(&self, channel: &str) -> Vec<Message> {
        self.known_channel(channel)
            .map_or_else(Vec::new, |id| self.history.of(id).cloned().collect())
    }

    /// What has not arrived yet.
    pub fn under_way(&self) -> UnderWay {
        let mut found = UnderWay::default();
        for outlet in self.outlets.values() {
            outlet.add_under_way(self.id(), &mut found);
        }
        found.waiting.sort_unstable();
        for connection in std::mem::take(&mut found.waiting) {
            if let Some(socket_id) = self.socket_id(connection) {
                found.sockets.add(|| socket_id.to_string());
            }
        }
        for event in self.webhooks.waiting() {
            found.webhooks.add(|| event.title());
        }
        found
    }

    /// A page of the journal as JSON, with how far connections have got that have not taken all their events.
    pub fn page(&self, selection: &Selection) -> String {
        let taken = match selection.state {
            true => self.taken(),
            false => BTreeMap::new(),
        };
        self.journal.page(selection, &taken)
    }

    /// The same where it is JavaScript that reads.
    pub fn page_in_parts(&self, selection: &Selection) -> Parts {
        let taken = match selection.state {
            true => self.taken(),
            false => BTreeMap::new(),
        };
        self.journal.parts(selection, &taken)
    }

    /// By name: up to which number in the journal those connections have taken their events that have not taken all.
    pub fn taken(&self) -> BTreeMap<Arc<str>, u64> {
        let mut taken = BTreeMap::new();
        let mut add = |record: &Connection, first: u64| {
            let until = taken.entry(record.name.clone()).or_insert(u64::MAX);
            *until = (*until).min(first.saturating_sub(1));
        };
        for (id, outlet) in &self.outlets {
            outlet.add_untaken(self.id(), &mut |whom, first| match whom {
                Untaken::By(connection) => {
                    if let Some(record) = self.connections.get(&connection) {
                        add(record, first);
                    }
                }
                Untaken::On(channel) => {
                    for record in self.connections.values() {
                        if record.outlet.id() == *id && record.channels.contains(&channel) {
                            add(record, first);
                        }
                    }
                }
            });
        }
        // Who has gone takes nothing more, and the broker sends on until it hears of that.
        for record in self.connections.values() {
            if let Some(taken) = record.taken {
                add(record, taken + 1);
            } else if record.waiting > 0 {
                add(record, record.waiting);
            }
        }
        taken
    }

    /// What the budgets of bytes have cost since the last reset: messages of the history, and events
    /// of cache channels.
    pub fn dropped(&self) -> (u64, u64) {
        (self.history.dropped(), self.caches.dropped())
    }

    /// Channels with a subscriber, and connections with a channel:
    /// `{"channels":[{"name","subscriberCount","messageCount","events":[]}],
    /// "subscriptions":[{"connectionId","channelCount","channels"}]}`. `events` is for the outlets'
    /// side to fill: the broker does not know what callbacks are bound to.
    pub fn state(&self) -> Value {
        let channels: Vec<Value> = self
            .occupied_channels()
            .into_iter()
            .map(|channel| {
                json!({
                    "name": channel.name,
                    "subscriberCount": channel.subscription_count(),
                    "messageCount": self.history.len(channel.id),
                    "events": [],
                })
            })
            .collect();
        let subscriptions: Vec<Value> = self
            .connection_ids()
            .into_iter()
            .filter_map(|connection| {
                let channels = self.channels_of(connection);
                (!channels.is_empty()).then(|| {
                    json!({
                        "connectionId": self.connection_name(connection),
                        "channelCount": channels.len(),
                        "channels": channels,
                    })
                })
            })
            .collect();
        json!({ "channels": channels, "subscriptions": subscriptions })
    }

    fn channels_of(&self, connection: ConnectionId) -> Vec<&str> {
        self.connections
            .get(&connection)
            .into_iter()
            .flat_map(|record| &record.channels)
            .filter_map(|id| self.channels.get(id))
            .filter(|channel| channel.is_public_knowledge())
            .map(|channel| channel.name.as_str())
            .collect()
    }
}

#[cfg(test)]
mod tests;
