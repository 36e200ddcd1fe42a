//! What every task of a gateway shares, and what a connection may ask of the broker.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::broker::journal::Notice;
use crate::broker::{AppId, OpeningConditions, SharedApp, apps};
use crate::clock::{Clock, reading};
use crate::gateway::admission::rules::Admission;
use crate::gateway::admission::verdict::TurnedAway;
use crate::gateway::server::control::Control;
use crate::gateway::server::journal::{OwnJournal, RefusalDetails};
use crate::gateway::server::options::ListenOptions;
use crate::gateway::server::outlet::SocketOutlet;
use crate::gateway::server::sessions::Sessions;
use crate::gateway::wire::connection::{GatewayConnection, Link};
use crate::protocol::{ClientFrame, Handshake, ServerFrame, SocketError};

/// Of so many pages and names the log tells that they were turned away: whoever is evil has plenty.
const MOST_TURNED_AWAY: usize = 100;

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    pub ip: IpAddr,
    /// It came by TLS.
    pub is_secure: bool,
    /// What program it is, and what page: a hash, see [`Peer::agent`].
    pub agent: u64,
}

impl Peer {
    /// What program and what page it is, as the headers of its request say.
    pub fn agent<'a>(header: impl Fn(&str) -> Option<&'a [u8]>) -> u64 {
        let mut hasher = DefaultHasher::new();
        ["user-agent", "origin"].map(header).hash(&mut hasher);
        hasher.finish()
    }

    /// By this it is known when it comes again, from whatever port.
    pub fn trace(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.ip, self.agent).hash(&mut hasher);
        hasher.finish()
    }
}

/// A client whose connection the TLS front has.
pub struct HandedOver {
    pub ip: IpAddr,
    /// Held from its first request until the answers have left.
    pub guard: Option<TaskGuard>,
}

pub struct Server {
    pub options: ListenOptions,
    pub admission: Admission,
    pub outlet: Arc<SocketOutlet>,
    pub clock: Clock,
    /// What is about no app.
    pub journal: Arc<OwnJournal>,
    pub sessions: Sessions,
    /// Requests that somebody above answers.
    pub control: Control,
    /// Turns `true` when the gateway closes.
    pub closing: watch::Sender<bool>,
    /// Answers are the last ones of their connections: it is about to close.
    pub is_ending: AtomicBool,
    /// The clients whose connections the TLS front has, by the port that these came to it from.
    pub handed_over: Mutex<HashMap<u16, HandedOver>>,
    /// Who was turned away, each of whom the log tells of once.
    turned_away: Mutex<HashSet<String>>,
    /// Tasks that serve a socket or a request.
    tasks: AtomicUsize,
    last_task_done: Notify,
}

impl Server {
    pub fn new(
        options: ListenOptions,
        admission: Admission,
        outlet: Arc<SocketOutlet>,
        clock: Clock,
        journal: Arc<OwnJournal>,
        control: Control,
    ) -> Server {
        Server {
            options,
            admission,
            outlet,
            clock,
            journal,
            sessions: Sessions::default(),
            control,
            closing: watch::Sender::new(false),
            is_ending: AtomicBool::new(false),
            handed_over: Mutex::default(),
            turned_away: Mutex::default(),
            tasks: AtomicUsize::new(0),
            last_task_done: Notify::new(),
        }
    }

    // ---- apps

    /// What of an address comes behind the prefix; all of it if that is not in front.
    pub fn below<'a>(&self, path: &'a str) -> &'a str {
        match path.strip_prefix(self.options.prefix()) {
            Some("") => "/",
            Some(below) if below.starts_with(['/', '?']) => below,
            _ => path,
        }
    }

    /// The app that a client asks for with `/app/KEY?protocol=…`, below the prefix if there is one.
    pub fn handshake(&self, target: &str) -> Result<SharedApp, SocketError> {
        let below = target.strip_prefix(self.options.prefix());
        let target = below.filter(|target| target.starts_with("/app/"));
        self.handshake_below(target.ok_or(SocketError::PathNotFound)?)
    }

    /// The same for an address without prefix.
    pub fn handshake_below(&self, target: &str) -> Result<SharedApp, SocketError> {
        self.app_with_key(&Handshake::parse(target)?.key)
    }

    /// A gateway of the default app alone takes any key.
    fn app_with_key(&self, key: &str) -> Result<SharedApp, SocketError> {
        let apps = &self.options.apps;
        if let Some(app) = apps::with_key(apps, key) {
            return Ok(app.clone());
        }
        let Some(app) = apps::for_any_key(apps) else {
            return Err(SocketError::UnknownKey(key.into()));
        };
        let locked = app.lock();
        let expected = &locked.options().key;
        self.journal
            .notice(locked.id(), Notice::UnknownKey, key, Some(expected));
        Ok(app.clone())
    }

    /// The app that the HTTP API knows by this id.
    pub fn app_with_id(&self, id: &str) -> Option<&SharedApp> {
        apps::with_id(&self.options.apps, id)
    }

    /// The app that a client asks for, without a word about it.
    fn app_asked_for(&self, target: &str) -> Option<&SharedApp> {
        let below = target.strip_prefix(self.options.prefix()).unwrap_or(target);
        let key = Handshake::parse(below).ok()?.key;
        let apps = &self.options.apps;
        apps::with_key(apps, &key).or_else(|| apps::for_any_key(apps))
    }

    /// Whether a test may keep out who asks for `target`: then [`Server::clear_way`] says how.
    pub fn has_obstacles(&self, target: &str) -> bool {
        let asked = self.app_asked_for(target);
        asked.is_some_and(|app| app.lock().has_faults())
    }

    /// Waits as long as a test keeps a client from connecting, or from going on where it `is_known`. Gives the error with which
    /// it fails in the end, if it does: where that [is a cut](SocketError::is_cut), nothing is answered.
    pub async fn clear_way(&self, target: &str, peer: Peer, is_known: bool) -> Option<SocketError> {
        let app = self.app_asked_for(target)?;
        let app_id = app.lock().id();
        let mut silence = self.outlet.silence.subscribe();
        loop {
            silence.mark_unchanged();
            if *self.closing.borrow() {
                return Some(SocketError::Reconnect);
            }
            let opening = match self.outlet.is_silent(app_id, peer.trace()) {
                false if is_known => return None,
                false => app.lock().opening(None),
                true => OpeningConditions {
                    is_stalled: true,
                    ..OpeningConditions::default()
                },
            };
            if opening.is_stalled {
                let _ = silence.changed().await;
                continue;
            }
            if opening.delay_ms > 0 {
                let delay = Duration::from_millis(opening.delay_ms);
                let mut closing = self.closing.subscribe();
                if timeout(delay, closing.wait_for(|closing| *closing))
                    .await
                    .is_ok()
                {
                    return Some(SocketError::Reconnect);
                }
            }
            let refusal = opening.refusal;
            return refusal.map(|(code, message)| SocketError::Ended { code, message });
        }
    }

    // ---- connections

    /// Opens a connection at the broker, which greets it.
    pub fn open(
        &self,
        app: &SharedApp,
        connection: &Arc<GatewayConnection>,
        transport: &'static str,
        peer: Peer,
    ) -> Result<(), SocketError> {
        if *self.closing.borrow() {
            return Err(SocketError::Reconnect);
        }
        let limit = self.options.max_connections;
        if limit.is_some_and(|limit| self.outlet.connection_count() >= limit) {
            return Err(SocketError::OverCapacity);
        }
        if app.lock().options().force_tls && !peer.is_secure {
            return Err(SocketError::NeedsTls);
        }
        let _ = connection.trace.set(peer.trace());
        self.outlet.open(app, connection, transport)
    }

    /// One message from the client.
    pub fn receive(&self, connection: &GatewayConnection, text: &str) {
        // What comes behind a goodbye is for nobody.
        if connection.has_departed() {
            return;
        }
        if self.admit(connection)
            && let Some(app) = &connection.app
        {
            let message = ClientFrame::read(text);
            let mut app = app.lock();
            let now = app.now(&reading());
            app.receive(connection.id(), message, now);
        }
    }

    /// Counts something that the client wants handled or answered. `false` when that was one too many:
    /// the connection ends.
    pub fn admit(&self, connection: &GatewayConnection) -> bool {
        let limit = self.options.messages_per_second;
        let admitted = limit.is_none_or(|limit| connection.admit(limit, self.clock.tick()));
        if !admitted && !connection.has_departed() {
            self.drop_connection(connection, &SocketError::OverCapacity);
        }
        admitted
    }

    /// The client has left.
    pub fn depart(&self, connection: &GatewayConnection) {
        self.depart_by(connection, None);
    }

    fn depart_by(&self, connection: &GatewayConnection, ending: Option<(u16, &str)>) {
        if connection.depart(self.clock.tick())
            && connection.id() != 0
            && let Some(app) = &connection.app
        {
            if connection.has_overflowed() {
                self.journal.too_slow(connection.app_id, connection.name());
            }
            self.outlet.depart(app, connection.id(), ending);
        }
    }

    /// A session is over for both sides, or for want of a client.
    pub fn end_session(&self, connection: &GatewayConnection) {
        if let Link::Xhr(session) = &connection.link {
            connection.cut();
            self.depart(connection);
            self.outlet.remove(connection.id());
            self.sessions.remove(session.name(), connection);
        }
    }

    /// Ends a connection for a reason that Pusher has no code for.
    pub fn end(&self, connection: &GatewayConnection, code: u16, reason: &str) {
        self.depart_by(connection, Some((code, reason)));
        connection.close(code, reason);
    }

    /// Ends a connection with an error of the Pusher protocol.
    pub fn drop_connection(&self, connection: &GatewayConnection, error: &SocketError) {
        let frame = ServerFrame::Error(error.clone()).text();
        let beyond = *error == SocketError::OverCapacity;
        let why = RefusalDetails {
            limit: beyond.then_some("messagesPerSecond"),
            ..RefusalDetails::default()
        };
        self.journal
            .refused(connection.app_id, connection.name(), error, why);
        self.drop_with(connection, error, &frame);
    }

    /// Ends every connection with this error.
    pub fn drop_all(&self, error: &SocketError) {
        self.outlet.let_go_on();
        let frame = ServerFrame::Error(error.clone()).text();
        for connection in self.outlet.connections() {
            // Who cannot hear the goodbye would keep the gateway from closing.
            connection.silence(false);
            self.drop_with(&connection, error, &frame);
        }
    }

    /// Some clients understand only the frame, some only the close code, so both are sent.
    pub fn drop_with(&self, connection: &GatewayConnection, error: &SocketError, frame: &str) {
        connection.send(frame);
        self.end(connection, error.code().unwrap_or(4000), &error.to_string());
    }

    /// The frame with this error, for a client that asked for `target` and is not let in.
    pub fn refusal(&self, app: AppId, target: &str, error: &SocketError) -> String {
        let frame = ServerFrame::Error(error.clone()).text();
        let is_misplaced = *error == SocketError::PathNotFound;
        let place = format!("{}/app/KEY", self.options.prefix());
        let why = RefusalDetails {
            path: target.split('?').next().filter(|_| is_misplaced),
            expected: Some(place.as_str()).filter(|_| is_misplaced),
            limit: match error {
                SocketError::OverCapacity => Some("maxConnections"),
                SocketError::OverQuota => Some("limits.connections"),
                _ => None,
            },
        };
        self.journal.refused(app, "", error, why);
        frame
    }

    /// Tells, once of each, that a page or a name was turned away.
    pub fn turn_away(&self, away: &TurnedAway) {
        self.note_turned_away(away.who(), away);
    }

    /// Tells once that a client speaks TLS, which is not spoken here.
    pub fn turn_away_tls(&self) {
        let why = "a client speaks TLS (https or wss), and this gateway has no certificate. Turn TLS off in the client \
                   (pusher-js: forceTLS: false; npm pusher: useTLS: false; others: ssl or encrypted), or give the \
                   gateway a certificate: listen({ tls: { cert, key } }), --tls-cert and --tls-key";
        self.note_turned_away("TLS".to_owned(), why);
    }

    fn note_turned_away(&self, who: String, why: impl Display) {
        let mut known = self.turned_away.lock();
        if known.len() >= MOST_TURNED_AWAY || !known.insert(who.clone()) {
            return;
        }
        let more = match known.len() {
            MOST_TURNED_AWAY => ". Of more that are turned away nothing is said",
            _ => "",
        };
        self.journal.turned_away(&who, &format!("{why}{more}"));
    }

    // ---- tasks

    /// Counts a task until the guard is dropped.
    pub fn task(self: &Arc<Self>) -> TaskGuard {
        self.tasks.fetch_add(1, Ordering::AcqRel);
        TaskGuard(self.clone())
    }

    /// Nothing more goes to the client of the TLS front that came from this port.
    pub fn answered(&self, port: u16) {
        // Dropped without the lock.
        let client = self.handed_over.lock().remove(&port);
        drop(client);
    }

    /// Resolves when no task is left.
    pub async fn no_tasks(&self) {
        loop {
            let left = self.last_task_done.notified();
            if self.tasks.load(Ordering::Acquire) == 0 {
                return;
            }
            left.await;
        }
    }
}

/// Starts a task of which there are few. Every kind of future that tokio runs costs kilobytes of
/// code, a boxed one is always the same kind.
pub fn spawn(task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    let task: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(task);
    tokio::spawn(task)
}

/// A task that the gateway waits for when it closes.
pub struct TaskGuard(Arc<Server>);

impl TaskGuard {
    pub fn server(&self) -> &Arc<Server> {
        &self.0
    }
}

impl Drop for TaskGuard {
    fn drop(&mut self) {
        if self.0.tasks.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.last_task_done.notify_waiters();
        }
    }
}
