//! An app: one world of channels and connections with its credentials.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hashbrown::HashMap;
use parking_lot::Mutex;
use serde::{Deserialize, Deserializer, de};

use super::id::next_id;
use super::journal::{BindingNote, Entry, Journal, Note, Timepiece};
use super::records::cache::Caches;
use super::records::clock::{AppClock, Moment, Reading};
use super::records::connection::Connection;
use super::records::fault::Faults;
use super::records::history::History;
use super::records::user::Users;
use super::records::webhook::Webhooks;
use super::{AppId, Channel, ChannelId, ConnectionId, Notification, Outlet, OutletId};
use crate::protocol::{ApiError, ChannelName, Limits, SocketError, SocketId, signature};

/// By this id SDKs that accept only digits reach the default app.
const NUMERIC_ID: &str = "1";

/// How an app is set up: what the dashboard of the real service knows about it.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AppOptions {
    /// The app id of the HTTP API's paths.
    pub id: String,
    /// The public key, which clients connect with.
    pub key: String,
    /// The secret behind the key, which servers sign with.
    pub secret: String,
    /// The cluster, for show only.
    pub cluster: String,
    /// The key of end-to-end encrypted channels, given as 32 bytes in base64.
    #[serde(
        rename = "encryptionMasterKeyBase64",
        deserialize_with = "master_key_base64"
    )]
    pub encryption_master_key: Option<[u8; 32]>,
    /// Whether the app makes itself such a key when it is first asked for one.
    pub random_master_key: bool,
    /// Every number that is enforced.
    pub limits: Limits,
    /// Whether the app is in service.
    pub enabled: bool,
    /// Whether connections without TLS are refused.
    #[serde(rename = "forceTLS")]
    pub force_tls: bool,
    /// Whether a connection has to be authorized within
    /// [`authorization_timeout_ms`](Limits::authorization_timeout_ms): by signing in, or by joining
    /// a channel that needs a signature (Pusher docs: Authorized connections).
    pub authorized_connections: bool,
    /// Whether clients may send events to each other.
    pub client_events: bool,
    /// Whether subscribers are told how many they are. Off, as on a new app of the real service.
    pub subscription_count: bool,
    /// Whether a client may connect with any key, as to the default app.
    pub accepts_any_key: bool,
}

impl Default for AppOptions {
    fn default() -> AppOptions {
        AppOptions {
            id: "mock-app-id".to_owned(),
            key: "mock-pusher-key".to_owned(),
            secret: "mock-pusher-secret".to_owned(),
            cluster: "mock-cluster".to_owned(),
            encryption_master_key: None,
            random_master_key: false,
            limits: Limits::default(),
            enabled: true,
            force_tls: false,
            authorized_connections: false,
            client_events: true,
            subscription_count: false,
            accepts_any_key: false,
        }
    }
}

fn master_key_base64<'de, D: Deserializer<'de>>(from: D) -> Result<Option<[u8; 32]>, D::Error> {
    let Some(text) = Option::<String>::deserialize(from)? else {
        return Ok(None);
    };
    let bytes = BASE64_STANDARD.decode(text).map_err(de::Error::custom)?;
    let length = bytes.len();
    let key = bytes.try_into().map_err(|_| {
        de::Error::custom(format_args!(
            "encryptionMasterKeyBase64 must decode to 32 bytes, but the provided key decodes to {length} bytes"
        ))
    })?;
    Ok(Some(key))
}

/// An app as its outlets hold it.
pub type SharedApp = Arc<Mutex<App>>;

/// The secret behind one key.
struct Credential {
    secret: String,
    /// Where the server was made whose secret it is, while nobody may replace it.
    claimed_at: Option<String>,
}

/// All state of one app. Pure: the time is handed in as milliseconds (`now`) of the app's own clock, which
/// is told by [`App::moment`] what the others show, and everything that leaves goes through an [`Outlet`].
///
/// The methods are where their subject is: `connection`, `subscription`, `user`, `publish`,
/// `inspect`, `reset`.
pub struct App {
    id: AppId,
    pub(super) options: AppOptions,
    /// Who signs for this app by its key, the app itself included.
    credentials: HashMap<String, Credential>,
    /// What [`App::set_settings`] stored.
    settings: String,
    /// Whether it is over, see [`App::end`].
    pub(super) ended: bool,
    /// Everybody who has to hear of a reset or of new settings.
    pub(super) outlets: BTreeMap<OutletId, Arc<dyn Outlet>>,

    pub(super) connections: HashMap<ConnectionId, Connection>,
    pub(super) connection_names: HashMap<Arc<str>, ConnectionId>,
    pub(super) socket_ids: HashMap<SocketId, ConnectionId>,
    /// The N of the latest `mock-connection-N`.
    pub(super) named_connections: u64,
    pub(super) users: Users,

    /// The channels somebody is subscribed to, and those the history remembers.
    pub(super) channels: HashMap<ChannelId, Channel>,
    pub(super) channel_names: HashMap<ChannelName, ChannelId>,
    /// How often a channel got its first subscriber.
    pub(super) occupations: u64,
    pub(super) history: History,
    pub(super) caches: Caches,
    pub(super) clock: AppClock,
    /// When which channel's `subscription_count` is due, soonest first.
    pub(super) counts_due: VecDeque<(u64, ChannelId, u64)>,
    /// When which connection has to be authorized, soonest first.
    pub(super) authorizations_due: VecDeque<(u64, ConnectionId)>,
    pub(super) webhooks: Webhooks,
    /// What a test does to it; `None` while it does nothing.
    pub(super) faults: Option<Box<Faults>>,
    pub(super) journal: Journal,
    /// The connections that are silent, also those that have been given up, and the ways to them.
    pub(super) silent: HashMap<ConnectionId, Arc<dyn Outlet>>,
    /// When which silent connection is given up, soonest first.
    pub(super) silences_due: VecDeque<(u64, ConnectionId)>,
}

/// What an app leaves behind when it ends.
pub struct Remains {
    /// All that was known of it.
    pub journal: Journal,
    /// For the caller to let go of once the app is unlocked.
    pub outlets: Vec<Arc<dyn Outlet>>,
}

impl App {
    /// A new, empty app, whose journal knows no time.
    pub fn new(options: AppOptions) -> App {
        App::timed(options, Timepiece::default())
    }

    /// The same with the time that its journal shows.
    pub fn timed(options: AppOptions, timepiece: Timepiece) -> App {
        let id = next_id();
        let own = Credential {
            secret: options.secret.clone(),
            claimed_at: (!options.accepts_any_key).then(String::new),
        };
        App {
            id,
            credentials: HashMap::from_iter([(options.key.clone(), own)]),
            settings: String::new(),
            ended: false,
            outlets: BTreeMap::new(),
            connections: HashMap::new(),
            connection_names: HashMap::new(),
            socket_ids: HashMap::new(),
            named_connections: 0,
            users: Users::default(),
            channels: HashMap::new(),
            channel_names: HashMap::new(),
            occupations: 0,
            history: History::new(&options.limits),
            caches: Caches::new(&options.limits),
            clock: AppClock::default(),
            counts_due: VecDeque::new(),
            authorizations_due: VecDeque::new(),
            webhooks: Webhooks::new(id, &options.limits),
            faults: None,
            journal: Journal::new(id, timepiece, &options.limits),
            silent: HashMap::new(),
            silences_due: VecDeque::new(),
            options,
        }
    }

    /// The app's number within the process.
    pub fn id(&self) -> AppId {
        self.id
    }

    /// Whether `id` is the app's own, which for the default app may also be `1`.
    pub fn is_called(&self, id: &str) -> bool {
        self.options.id == id || (self.options.accepts_any_key && id == NUMERIC_ID)
    }

    /// How the app is set up.
    pub fn options(&self) -> &AppOptions {
        &self.options
    }

    // ---- credentials

    /// From now on `key` belongs to this app too, and `secret` verifies what it signs. A key that
    /// is known gets the new secret, unless a server has claimed it.
    pub fn add_credentials(&mut self, key: &str, secret: &str) {
        if self.claimed(key).is_none() {
            self.insert_credentials(key, secret, None);
        }
    }

    /// A server, made at `place`, signs for `key`. The secret of the first one holds until
    /// [`App::reset`]: who comes later with another one is told the place of the first, and what
    /// it signs is refused.
    pub fn claim_credentials(&mut self, key: &str, secret: &str, place: &str) -> Result<(), &str> {
        if self.claimed(key).is_none() {
            self.insert_credentials(key, secret, Some(place.to_owned()));
        }
        match self.claimed(key) {
            Some((held, first)) if held != secret => Err(first),
            _ => Ok(()),
        }
    }

    /// Whoever signs next for a key has it. The secrets stay known until then, and that of an app
    /// with credentials of its own for good.
    pub(super) fn release_claims(&mut self) {
        for (key, credential) in &mut self.credentials {
            if self.options.accepts_any_key || *key != self.options.key {
                credential.claimed_at = None;
            }
        }
    }

    /// The secret behind a key, if the key is one of this app's.
    pub fn secret_of(&self, key: &str) -> Option<&str> {
        let credential = self.credentials.get(key)?;
        Some(&credential.secret)
    }

    fn claimed(&self, key: &str) -> Option<(&str, &str)> {
        let credential = self.credentials.get(key)?;
        Some((&credential.secret, credential.claimed_at.as_deref()?))
    }

    fn insert_credentials(&mut self, key: &str, secret: &str, claimed_at: Option<String>) {
        let secret = secret.to_owned();
        self.credentials
            .insert(key.to_owned(), Credential { secret, claimed_at });
    }

    /// The key of end-to-end encrypted channels, as one of the app's servers says it.
    pub fn set_encryption_master_key(&mut self, key: [u8; 32]) {
        self.options.encryption_master_key = Some(key);
    }

    /// The key of end-to-end encrypted channels, if the app has one.
    pub fn encryption_master_key(&mut self) -> Option<[u8; 32]> {
        if self.options.random_master_key && self.options.encryption_master_key.is_none() {
            self.options.encryption_master_key = Some(rand::random());
        }
        self.options.encryption_master_key
    }

    /// `key:signature` with the app's own key.
    pub(super) fn signed(&self, text: &str) -> String {
        let key = &self.options.key;
        let secret = self.secret_of(key).unwrap_or(&self.options.secret);
        format!("{key}:{}", signature::hmac_sha256_hex(secret, text))
    }

    // ---- settings

    /// Stores the settings of the outlets' side, for all of them to share, and tells them. The text
    /// means nothing to the broker.
    pub fn set_settings(&mut self, settings: String) {
        self.settings = settings;
        for outlet in self.outlets.values() {
            outlet.notify(Notification::SettingsChanged { app: self.id });
        }
    }

    /// What [`App::set_settings`] stored, `""` before.
    pub fn settings(&self) -> &str {
        &self.settings
    }

    /// Keeps at most this many messages per channel, for good.
    pub fn set_history_limit(&mut self, messages: usize) {
        self.options.limits.history = messages;
        self.history.set_limit(messages);
    }

    /// What happened.
    pub fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// Writes down what only JavaScript knows.
    pub fn note(&mut self, note: Note) {
        let record = self.connections.get(&note.connection);
        let who = record.map(|record| record.who.clone());
        self.journal.attribute(0);
        self.journal.note(note, who);
    }

    /// Writes down what a gateway knows alone.
    pub fn write(&mut self, entry: Entry) {
        self.journal.attribute(0);
        self.journal.write(entry);
    }

    /// The same of something that was bound or unbound, by a mock client or on a connection without one.
    pub fn note_binding(&mut self, client: u32, connection: ConnectionId, note: BindingNote) {
        let who = match client {
            0 => self
                .connections
                .get(&connection)
                .map(|record| record.who.clone()),
            client => Some(self.journal.client(client)),
        };
        // Where the connection has ended, what was bound to it has as well.
        if let Some(who) = who {
            self.journal.attribute(0);
            self.journal.note_binding(who, note);
        }
    }

    /// The events that wait for the app's server.
    pub fn webhooks(&mut self) -> &mut Webhooks {
        &mut self.webhooks
    }

    // ---- time

    /// What the app's clock shows at `reading`: the `now` of everything that happens then.
    pub fn now(&mut self, reading: &Reading) -> u64 {
        self.journal.attribute(reading.line);
        self.clock.read(reading)
    }

    /// The same beside the date that people are shown.
    pub fn moment(&mut self, reading: &Reading) -> Moment {
        Moment {
            now: self.now(reading),
            date: reading.date.max(0) as u64,
        }
    }

    /// The same when a timer has come that was set for `due`, on the app's clock: timers may be early, and a
    /// `Date` may stand still.
    pub fn reach(&mut self, reading: &Reading, due: u64) -> u64 {
        self.now(reading);
        self.clock.reach(due)
    }

    /// So many milliseconds have gone by at once. Gives the cache channels that have forgotten their event meanwhile.
    pub fn advance(&mut self, milliseconds: u64, reading: &Reading) -> Vec<ChannelName> {
        let from = self.now(reading);
        self.clock.skip(milliseconds);
        let expired = self
            .caches
            .expiring(from, from.saturating_add(milliseconds));
        let mut expired: Vec<_> = expired
            .filter_map(|channel| Some(self.channels.get(&channel)?.name.clone()))
            .collect();
        expired.sort_by(|one, two| one.as_str().cmp(two.as_str()));
        expired
    }

    /// The seat's `Date` or timers have been faked, or are not any more.
    pub(super) fn pace_changed(&mut self, seat: OutletId, reading: &Reading) {
        if self.clock.knows(seat) {
            self.clock.read(reading);
        }
    }

    // ---- outlets

    /// From now on `outlet` hears of resets and new settings, until [`detach`](super::detach) or [`App::release`].
    /// Opening a connection attaches its outlet.
    pub fn attach(&mut self, outlet: &Arc<dyn Outlet>) {
        self.outlets
            .entry(outlet.id())
            .or_insert_with(|| outlet.clone());
    }

    /// The outlet, which has no connection left, hears nothing more and is released.
    pub fn release(&mut self, outlet: OutletId) {
        self.outlets.remove(&outlet);
        self.clock.release(outlet);
        self.webhooks.disable(outlet);
        self.journal.unwatch(outlet);
    }

    /// Ends the app for good, for everybody who still holds it: connections are dropped, and who
    /// connects or publishes from now on is refused.
    #[must_use]
    pub fn end(&mut self, now: u64) -> Remains {
        self.ended = true;
        self.end_all_faults();
        let gone = SocketError::AppClosed;
        self.drop_all(gone.code().unwrap_or(4001), &gone.to_string(), now);
        self.credentials.clear();
        self.channels.clear();
        self.channel_names.clear();
        self.history.clear();
        self.caches.clear();
        let journal = self.journal.end();
        let outlets = std::mem::take(&mut self.outlets);
        for &outlet in outlets.keys() {
            self.webhooks.disable(outlet);
        }
        let outlets = outlets.into_values().collect();
        Remains { journal, outlets }
    }

    /// Whether the app is over.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// What the real service answers for an app that was deleted.
    pub(super) fn require_running(&self) -> Result<(), ApiError> {
        match self.ended {
            true => Err(ApiError::UnknownApp),
            false => Ok(()),
        }
    }

    // ---- channels

    /// The number of a channel, for [`App::publish_to`]. It holds until the channel is forgotten:
    /// by a reset, or when it has no subscriber and `limits.history_channels` others were used
    /// more recently.
    pub fn channel_id(&mut self, name: &str) -> Result<ChannelId, ApiError> {
        self.require_calls()?;
        let id = match self.known_channel(name) {
            Some(id) => id,
            None => self.record(ChannelName::parse(name, &self.options.limits)?),
        };
        let evicted = self.history.touch(id);
        self.forget(evicted);
        Ok(id)
    }

    /// The number of a channel that is occupied or remembered.
    pub(super) fn known_channel(&self, name: &str) -> Option<ChannelId> {
        self.channel_names.get(name).copied()
    }

    /// The number of a channel, known or new. A new one has to be subscribed to or put into the
    /// history next, or nothing will ever forget it.
    pub(super) fn record(&mut self, name: ChannelName) -> ChannelId {
        if let Some(id) = self.known_channel(name.as_str()) {
            return id;
        }
        let id = next_id();
        self.channel_names.insert(name.clone(), id);
        self.channels.insert(id, Channel::new(id, name));
        id
    }

    /// Forgets a channel that the history has dropped, unless somebody is subscribed.
    pub(super) fn forget(&mut self, dropped: Option<ChannelId>) {
        if let Some(id) = dropped {
            self.forget_if_unused(id);
        }
    }

    /// Forgets a channel without subscribers, unless the history remembers it.
    pub(super) fn forget_if_unused(&mut self, id: ChannelId) {
        if self.history.remembers(id) {
            return;
        }
        if self.channels.get(&id).is_some_and(|c| !c.is_occupied())
            && let Some(channel) = self.channels.remove(&id)
        {
            self.channel_names.remove(&channel.name);
            self.caches.forget(id);
        }
    }
}

#[cfg(test)]
mod tests;
