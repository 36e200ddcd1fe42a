//! The journal of one app.

use std::mem::MaybeUninit;
use std::sync::Arc;

use hashbrown::HashMap;

use super::entry::{By, Entry, Kind, Party, shortened};
use super::ring::{Capacity, Ring, Texts};
use super::state::State;
use crate::broker::{AppId, ConnectionId, Door, Notification, Outlet, OutletId};
use crate::protocol::Limits;

/// The real time, for people. The app's own clock follows what tests do to `Date`; this one does not.
#[derive(Clone, Copy, Debug)]
pub struct Timepiece {
    /// Microseconds of the machine's monotonic clock.
    pub micros: fn() -> u64,
    /// Milliseconds since the epoch.
    pub date: fn() -> u64,
}

/// Time stands still.
impl Default for Timepiece {
    fn default() -> Timepiece {
        Timepiece {
            micros: || 0,
            date: || 0,
        }
    }
}

/// What happened in an app since the last reset, as far as there is room, and who was there before that.
///
/// An entry is written once, whomever it reaches: who got an event follows from the entries before it.
pub struct Journal {
    app: AppId,
    timepiece: Timepiece,
    /// When the app was made: on the timepiece, and since the epoch.
    pub(super) born: u64,
    pub(super) date: u64,
    /// When the latest entry was written.
    latest: u64,
    bounds: Capacity,
    /// Off in benchmarks only, which compare.
    is_on: bool,
    pub(super) ring: Ring,
    /// The number of the latest entry.
    last: u64,
    /// The number of the last reset, 0 before the first.
    pub(super) start: u64,
    /// Who was there when the oldest entry of the ring had not happened yet.
    pub(super) base: State,
    /// Who was there when the last reset began.
    pub(super) before: State,
    /// What is going on: the entry that causes all others that are written now.
    cause: u64,
    /// The application's own line that is running.
    line: u32,
    /// Mock clients with their latest connection.
    clients: HashMap<u32, Arc<Party>>,
    /// Subscriptions that a client has asked for, and the entry that says so.
    pending: HashMap<(u32, Arc<str>), u64>,
    watchers: Vec<Watcher>,
}

/// Somebody who wants to hear of new entries.
struct Watcher {
    outlet: Arc<dyn Outlet>,
    id: OutletId,
    /// Has heard of some since it looked last.
    is_told: bool,
}

/// How a connection comes.
#[derive(Clone, Copy, Debug)]
pub struct Coming<'a> {
    pub door: Door,
    /// The number of the mock client, 0 for none.
    pub client: u32,
    /// What the test calls the client.
    pub label: Option<&'a str>,
    /// What carries its frames.
    pub transport: Option<&'static str>,
    /// The number of the gateway that it comes through, 0 for none.
    pub gateway: u32,
}

impl Journal {
    pub fn new(app: AppId, timepiece: Timepiece, limits: &Limits) -> Journal {
        Journal {
            app,
            timepiece,
            born: (timepiece.micros)(),
            date: (timepiece.date)(),
            latest: 0,
            bounds: Capacity {
                entries: limits.journal.max(1),
                bytes: limits.journal_bytes,
            },
            is_on: limits.journal > 0,
            ring: Ring::default(),
            last: 0,
            start: 0,
            base: State::default(),
            before: State::default(),
            cause: 0,
            line: 0,
            clients: HashMap::new(),
            pending: HashMap::new(),
            watchers: Vec::new(),
        }
    }

    /// The number of the last reset, 0 before the first.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Whether anything is written down.
    #[inline]
    pub fn is_on(&self) -> bool {
        self.is_on
    }

    /// The number of the latest entry.
    pub fn last(&self) -> u64 {
        self.last
    }

    // ---- writing

    /// Writes an entry down, and gives its number.
    pub fn write(&mut self, entry: Entry) -> u64 {
        self.write_any(entry, None)
    }

    /// The same with the names and the text of an event.
    pub fn write_with(&mut self, entry: Entry, texts: Texts<'_>) -> u64 {
        self.write_any(entry, Some(texts))
    }

    #[inline(never)]
    fn write_any(&mut self, entry: Entry, texts: Option<Texts<'_>>) -> u64 {
        self.append(entry, texts);
        self.tell();
        self.last
    }

    /// An event on its way to subscribers. Whoever has delivered it calls [`Journal::tell`]: nothing comes
    /// between the entry and the event.
    #[inline]
    pub fn published(&mut self, entry: Entry, texts: Texts<'_>) -> u64 {
        self.append(entry, Some(texts));
        self.last
    }

    #[inline(always)]
    fn append(&mut self, mut entry: Entry, texts: Option<Texts<'_>>) {
        if !self.is_on {
            return;
        }
        self.last += 1;
        // Threads may see the same clock a little differently; what comes later is not shown as earlier.
        self.latest = self.latest.max((self.timepiece.micros)());
        entry.micros = self.latest;
        if entry.line == 0 {
            entry.line = self.line;
        }
        if entry.back == 0 && self.cause != 0 {
            entry.back = (self.last - self.cause).try_into().unwrap_or(0);
        }
        let base = &mut self.base;
        self.ring
            .push(entry, texts, self.bounds, |oldest| base.fold(oldest));
    }

    /// So many bytes of where the next event will be written, which nobody has had in the cache for long.
    #[inline]
    pub fn next_place(&mut self, bytes: usize) -> &[MaybeUninit<u8>] {
        self.ring.next_place(bytes)
    }

    /// Until [`Journal::so`], what is written is caused by the entry `cause`. Gives what was before.
    pub fn because(&mut self, cause: u64) -> u64 {
        std::mem::replace(&mut self.cause, cause)
    }

    /// Takes back [`Journal::because`].
    pub fn so(&mut self, before: u64) {
        self.cause = before;
    }

    /// Whether entries have a cause now.
    pub fn has_cause(&self) -> bool {
        self.cause != 0
    }

    /// The application's own line of what is written from now on, 0 for none.
    pub fn attribute(&mut self, line: u32) {
        self.line = line;
    }

    /// The application's own line of an entry that is there still, 0 where none is known.
    pub fn line_of(&self, seq: u64) -> u32 {
        let places = self.last.checked_sub(seq).filter(|_| seq != 0);
        let entry = places.and_then(|places| self.ring.back(places as usize));
        entry.map_or(0, |entry| entry.line)
    }

    // ---- who is who

    /// A connection has opened. Gives whom entries about it name.
    pub fn connected(
        &mut self,
        connection: ConnectionId,
        name: &Arc<str>,
        socket_id: &str,
        how: &Coming<'_>,
    ) -> Arc<Party> {
        let party = Arc::new(Party {
            connection,
            name: name.clone(),
            client: how.client,
        });
        if how.client != 0 {
            self.clients.insert(how.client, party.clone());
        }
        let socket_id: Arc<str> = match **name == *socket_id {
            true => name.clone(),
            false => socket_id.into(),
        };
        let entry = Entry::new(Kind::Connected).about(&party).with(|more| {
            more.socket_id = Some(socket_id);
            more.door = Some(how.door);
            more.name = how.label.map(Into::into);
            more.transport = how.transport;
            more.gateway = how.gateway;
        });
        self.write(entry);
        party
    }

    /// Something was refused: a subscription, where there is a channel.
    pub fn refused(
        &mut self,
        who: Option<&Arc<Party>>,
        channel: Option<&str>,
        code: Option<u16>,
        why: &str,
    ) -> u64 {
        let channel: Option<Arc<str>> = channel.map(|channel| shortened(channel).into());
        let mut cause = 0;
        if let (Some(who), Some(channel)) = (who, &channel) {
            cause = self.answered(who.client, channel);
        }
        let entry = Entry::new(Kind::Refused).saying(why).with(|more| {
            more.who = who.cloned();
            more.channel = channel;
            more.code = code;
        });
        let before = self.because(cause);
        let seq = self.write(entry);
        self.so(before);
        seq
    }

    /// A connection has ended. `taken`: the event up to which it has taken what was sent to it, where the client says so.
    pub fn closed(
        &mut self,
        who: &Arc<Party>,
        by: By,
        code: Option<u16>,
        reason: &str,
        taken: Option<u64>,
    ) -> u64 {
        if self
            .clients
            .get(&who.client)
            .is_some_and(|known| Arc::ptr_eq(known, who))
        {
            self.clients.remove(&who.client);
        }
        if who.client != 0 && !self.pending.is_empty() {
            self.pending.retain(|(client, _), _| *client != who.client);
        }
        let mut entry = Entry::new(Kind::Closed).about(who).with(|more| {
            more.by = Some(by);
            more.code = code;
            more.taken = taken;
        });
        if !reason.is_empty() {
            entry = entry.saying(reason);
        }
        self.write(entry)
    }

    /// The same of one that the service has ended before the client said how far it had come.
    pub fn had_taken(&mut self, connection: ConnectionId, taken: u64) {
        if let Some(more) = self.ring.closed(connection) {
            more.taken.get_or_insert(taken);
        }
    }

    /// The party of a mock client, with its connection where it has one.
    pub fn client(&self, client: u32) -> Arc<Party> {
        let unconnected = || {
            Arc::new(Party {
                connection: 0,
                name: "".into(),
                client,
            })
        };
        self.clients
            .get(&client)
            .cloned()
            .unwrap_or_else(unconnected)
    }

    // ---- subscriptions under way

    /// A client has asked for a subscription, by the entry `seq`.
    pub fn asked(&mut self, client: u32, channel: &Arc<str>, seq: u64) {
        if self.is_on && self.pending.len() < self.bounds.entries {
            self.pending.insert((client, channel.clone()), seq);
        }
    }

    /// That is answered. Gives the entry that said so, 0 for none.
    pub fn answered(&mut self, client: u32, channel: &Arc<str>) -> u64 {
        if client == 0 || self.pending.is_empty() {
            return 0;
        }
        self.pending.remove(&(client, channel.clone())).unwrap_or(0)
    }

    // ---- pages

    /// Begins a new page. Of the one before it stays who was subscribed and bound to what: that of two resets ago
    /// where nothing has happened in between.
    pub fn reset(&mut self) {
        let ring = std::mem::take(&mut self.ring);
        let has_content = self.last > self.start;
        for entry in ring.entries_from(0) {
            self.base.fold(entry);
        }
        if has_content {
            self.before = self.base.clone();
        }
        self.base.reset();
        self.clients.clear();
        self.pending.clear();
        self.start = self.last + u64::from(self.is_on);
        self.write(Entry::new(Kind::Reset));
    }

    /// The app is over: nothing will be asked here any more. Gives what was known.
    pub fn end(&mut self) -> Journal {
        let known = Journal {
            ring: std::mem::take(&mut self.ring),
            base: std::mem::take(&mut self.base),
            before: std::mem::take(&mut self.before),
            clients: std::mem::take(&mut self.clients),
            pending: std::mem::take(&mut self.pending),
            watchers: Vec::new(),
            ..*self
        };
        for watcher in std::mem::take(&mut self.watchers) {
            // Threads of JavaScript hear of it otherwise.
            if watcher.outlet.door() == Door::Socket {
                let app = self.app;
                watcher.outlet.notify(Notification::Journaled { app });
            }
        }
        self.start = self.last;
        known
    }

    // ---- watching

    /// From now on `outlet` hears of new entries, once, and again after the next call.
    pub fn watch(&mut self, outlet: &Arc<dyn Outlet>) {
        let id = outlet.id();
        match self.watchers.iter_mut().find(|known| known.id == id) {
            Some(known) => known.is_told = false,
            None => self.watchers.push(Watcher {
                outlet: outlet.clone(),
                id,
                is_told: false,
            }),
        }
    }

    pub fn unwatch(&mut self, outlet: OutletId) {
        self.watchers.retain(|known| known.id != outlet);
    }

    /// How many watch.
    pub fn watcher_count(&self) -> usize {
        self.watchers.len()
    }

    /// Tells those who watch that there is something new.
    #[inline]
    pub fn tell(&mut self) {
        if !self.watchers.is_empty() {
            self.tell_watchers();
        }
    }

    #[cold]
    fn tell_watchers(&mut self) {
        for watcher in &mut self.watchers {
            if !std::mem::replace(&mut watcher.is_told, true) {
                watcher
                    .outlet
                    .notify(Notification::Journaled { app: self.app });
            }
        }
    }
}
