//! Who is there: what the entries of a journal come to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::entry::{By, Entry, Kind, More, Party};
use crate::broker::{ConnectionId, Door};
use crate::protocol::channel::SERVER_TO_USER;

/// Clients that have closed their connection and are still known. The client may come back, and what it
/// has bound is bound still; but nobody says so when it never does.
const MAX_CLOSED: usize = 1_000;

/// Who it is: a mock client goes on when its connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Client(u32),
    Connection(ConnectionId),
}

impl Party {
    pub fn key(&self) -> Key {
        match self.client {
            0 => Key::Connection(self.connection),
            client => Key::Client(client),
        }
    }
}

/// Everybody who is there at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Shared with what stays of the page before, until one of the two changes: at a reset most are as they were at the last.
    parties: BTreeMap<Key, Arc<Standing>>,
    /// Those that have closed their connection, longest ago first; with some that have come back.
    closed: VecDeque<u32>,
}

/// A client, or a socket, at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// With the latest connection, if there was one on this page.
    pub who: Arc<Party>,
    pub socket_id: Option<Arc<str>>,
    pub name: Option<Arc<str>>,
    pub user: Option<Arc<str>>,
    pub door: Door,
    pub is_connected: bool,
    /// In the order in which it subscribed.
    pub channels: Vec<Arc<str>>,
    pub bindings: BTreeMap<Target, Bound>,
}

/// What a callback is bound to: a channel and an event, `None` for all of them.
pub type Target = (Option<Arc<str>>, Option<Arc<str>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    pub count: u32,
    /// As the latest of them says.
    pub taken: u64,
}

impl Standing {
    fn new(who: &Arc<Party>) -> Standing {
        Standing {
            who: who.clone(),
            socket_id: None,
            name: None,
            user: None,
            door: Door::Process,
            is_connected: false,
            channels: Vec::new(),
            bindings: BTreeMap::new(),
        }
    }

    /// As after a reset that it was not used since.
    fn has_nothing_to_forget(&self) -> bool {
        let is_new = self.who.connection == 0 && self.who.name.is_empty();
        let has_left = self.channels.is_empty() && self.user.is_none() && self.socket_id.is_none();
        let is_gone = self.door == Door::Process && !self.is_connected && is_new;
        is_gone && has_left && self.bindings.keys().all(outlives_reset)
    }
}

/// What is bound on a whole client, or on its user.
fn outlives_reset((channel, _): &Target) -> bool {
    channel.as_deref().is_none_or(|name| name == SERVER_TO_USER)
}

impl State {
    pub fn all(&self) -> impl Iterator<Item = &Standing> {
        self.parties.values().map(Arc::as_ref)
    }

    /// What an entry changes.
    pub fn fold(&mut self, entry: &Entry) {
        let Some(more) = &entry.more else {
            return;
        };
        let Some(who) = &more.who else {
            return;
        };
        match entry.kind {
            Kind::Connected => self.connected(who, more),
            Kind::Closed => self.closed(who, more),
            Kind::SignedIn => {
                if let Some(standing) = self.known(who.key()) {
                    standing.user = more.user.clone();
                }
            }
            Kind::Subscribed => {
                if let (Some(standing), Some(channel)) = (self.known(who.key()), &more.channel) {
                    standing.channels.push(channel.clone());
                }
            }
            Kind::Left => {
                if let (Some(standing), Some(channel)) = (self.known(who.key()), &more.channel)
                    && let Some(at) = standing.channels.iter().position(|known| known == channel)
                {
                    standing.channels.remove(at);
                }
            }
            Kind::Bound => self.bound(who, more),
            Kind::Subscribing | Kind::Refused => self.asked(who, more),
            Kind::Unbound => self.unbound(who, more),
            _ => {}
        }
    }

    fn connected(&mut self, who: &Arc<Party>, more: &More) {
        let standing = self.standing(who);
        standing.who = who.clone();
        standing.is_connected = true;
        standing.channels = Vec::new();
        standing.user = None;
        standing.socket_id = more.socket_id.clone();
        standing.door = more.door.unwrap_or(Door::Process);
        standing.name = more.name.clone().or(standing.name.take());
    }

    fn closed(&mut self, who: &Arc<Party>, more: &More) {
        let key = who.key();
        let is_collected = more.by == Some(By::Collected);
        let Some(standing) = self.known(key) else {
            return;
        };
        // A client may have opened its next connection before the last one has gone.
        if standing.who.connection != who.connection {
            return;
        }
        standing.is_connected = false;
        standing.channels = Vec::new();
        standing.user = None;
        match key {
            Key::Client(client) if !is_collected => self.keep_closed(client),
            _ => {
                self.parties.remove(&key);
            }
        }
    }

    /// Remembers that a client is without a connection, and forgets those that have been for longest.
    fn keep_closed(&mut self, client: u32) {
        self.closed.retain(|&known| known != client);
        self.closed.push_back(client);
        while self.closed.len() > MAX_CLOSED {
            if let Some(client) = self.closed.pop_front() {
                let key = Key::Client(client);
                if self
                    .parties
                    .get(&key)
                    .is_some_and(|known| !known.is_connected)
                {
                    self.parties.remove(&key);
                }
            }
        }
    }

    /// A client that has no connection yet is known from here on: what it has asked for is not nothing.
    fn asked(&mut self, who: &Arc<Party>, more: &More) {
        if who.client == 0 || self.parties.contains_key(&who.key()) {
            return;
        }
        let name = more.name.clone();
        self.standing(who).name = name;
        self.keep_closed(who.client);
    }

    fn bound(&mut self, who: &Arc<Party>, more: &More) {
        let taken = more.taken.unwrap_or(0);
        if more.is_stale {
            return;
        }
        let count = more.count.unwrap_or(1);
        let is_new = !self.parties.contains_key(&who.key());
        let standing = self.standing(who);
        if standing.name.is_none() {
            standing.name = more.name.clone();
        }
        let key = (more.channel.clone(), more.event.clone());
        let bound = standing
            .bindings
            .entry(key)
            .or_insert(Bound { count: 0, taken });
        bound.count = bound.count.saturating_add(count);
        bound.taken = taken;
        if is_new && who.client != 0 {
            self.keep_closed(who.client);
        }
    }

    fn unbound(&mut self, who: &Arc<Party>, more: &More) {
        let count = more.count.unwrap_or(1);
        let Some(standing) = self.known(who.key()) else {
            return;
        };
        let key = (more.channel.clone(), more.event.clone());
        if let Some(bound) = standing.bindings.get_mut(&key) {
            bound.count = bound.count.saturating_sub(count);
            if bound.count == 0 {
                standing.bindings.remove(&key);
            }
        }
    }

    fn known(&mut self, key: Key) -> Option<&mut Standing> {
        self.parties.get_mut(&key).map(Arc::make_mut)
    }

    fn standing(&mut self, who: &Arc<Party>) -> &mut Standing {
        let standing = self.parties.entry(who.key());
        Arc::make_mut(standing.or_insert_with(|| Arc::new(Standing::new(who))))
    }

    /// What is left of it when the app is reset: sockets and clients without subscriptions. A channel object
    /// from before keeps no bindings; those of the whole client stay, and those of its user.
    pub fn reset(&mut self) {
        let mut clients = Vec::new();
        for standing in self.parties.values_mut() {
            if standing.has_nothing_to_forget() {
                continue;
            }
            let standing = Arc::make_mut(standing);
            standing.channels = Vec::new();
            standing.user = None;
            standing.bindings.retain(|target, _| outlives_reset(target));
            if standing.door == Door::Process {
                let was_connected = std::mem::replace(&mut standing.is_connected, false);
                let client = standing.who.client;
                if was_connected && client != 0 {
                    clients.push(client);
                }
                // The next connection may have the name that this one had.
                standing.who = Arc::new(Party {
                    connection: 0,
                    name: "".into(),
                    client,
                });
                standing.socket_id = None;
            }
        }
        self.parties
            .retain(|key, standing| matches!(key, Key::Client(_)) || standing.is_connected);
        for client in clients {
            self.keep_closed(client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_copies_nobody_who_has_nothing_to_forget() {
        let mut state = State::default();
        let who = Arc::new(Party {
            connection: 1,
            name: "mock-connection-1".into(),
            client: 1,
        });
        state.connected(&who, &More::default());
        state.reset();
        let page_before = state.clone();
        state.reset();
        assert_eq!(state, page_before);
        let same = |(one, other)| Arc::ptr_eq(one, other);
        let mut both = state.parties.values().zip(page_before.parties.values());
        assert_eq!(both.len(), 1);
        assert!(both.all(same));
    }
}
