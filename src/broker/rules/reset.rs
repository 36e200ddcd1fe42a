//! Starting over.

use hashbrown::HashMap;

use crate::broker::records::rate::Rate;
use crate::broker::{App, ConnectionId, Notification, OutletId};

impl App {
    /// Forgets channels, history, members, users and subscriptions, and tells every outlet. Mock
    /// clients are forgotten too and open a new connection when they are used next; sockets stay
    /// connected, without subscriptions and without a user. Options, credentials and settings stay;
    /// whoever signs next for a key has it.
    ///
    /// Nobody is sent anything: no member has left, no channel was vacated.
    pub fn reset(&mut self) {
        self.end_all_faults();
        self.journal.reset();
        let mut dropped: HashMap<OutletId, Vec<ConnectionId>> = HashMap::new();
        self.connections.retain(|&connection, record| {
            if !record.outlet.survives_reset() {
                dropped
                    .entry(record.outlet.id())
                    .or_default()
                    .push(connection);
                return false;
            }
            record.channels.clear();
            record.user = None;
            record.client_events = Rate::default();
            true
        });
        self.connection_names
            .retain(|_, connection| self.connections.contains_key(connection));
        self.socket_ids
            .retain(|_, connection| self.connections.contains_key(connection));
        self.named_connections = 0;
        self.users.clear();
        self.channels.clear();
        self.channel_names.clear();
        self.occupations = 0;
        self.history.clear();
        self.caches.clear();
        self.counts_due.clear();
        self.webhooks.clear();
        self.release_claims();

        for outlet in self.outlets.values() {
            let mut connections = dropped.remove(&outlet.id()).unwrap_or_default();
            connections.sort_unstable();
            outlet.notify(Notification::Reset {
                app: self.id(),
                dropped: &connections,
            });
        }
    }
}

#[cfg(test)]
mod tests;
