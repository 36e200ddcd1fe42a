//! A client on the network, whatever carries its frames.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};

use super::batch::Batch;
use super::frames::{self, Opcode};
use super::outbox::{Outbox, Phase};
use super::session::Session;
use super::writer::Writer;
use crate::broker::{AppId, ConnectionId, NO_APP, Rate, SharedApp};
use crate::clock::Tick;

/// How long a client may take to answer a goodbye, or to leave after it was turned away.
pub const GOODBYE: Duration = Duration::from_secs(5);

/// What the outlet, the sweeper and the connection's own task share.
pub struct GatewayConnection {
    /// The broker's number for it; 0 before it is open, and for ever if it is refused.
    id: AtomicU32,
    /// `None` if it asked for none that is served here.
    pub app: Option<SharedApp>,
    pub app_id: AppId,
    /// Silence after which it is asked for a sign of life, in milliseconds.
    activity_timeout: u32,
    /// When something last came from it, or when it departed.
    seen: AtomicU32,
    /// Whether it has been asked for a sign of life since.
    pinged: AtomicBool,
    /// The broker has been told that it is gone.
    departed: AtomicBool,
    /// Both sides have said goodbye.
    farewell: AtomicBool,
    /// Its messages, see [`GatewayConnection::admit`].
    messages: Mutex<Rate>,
    /// Who is at the other end, as far as that can be told of somebody who comes again: see `Peer::trace`.
    pub trace: OnceLock<u64>,
    /// For the log, and only if there is one.
    pub socket_id: OnceLock<Box<str>>,
    pub link: Link,
}

/// What carries the frames.
pub enum Link {
    Socket(Writer),
    Xhr(Box<Session>),
}

impl GatewayConnection {
    /// `idle_ping` replaces the app's own activity timeout.
    pub fn new(
        app: Option<SharedApp>,
        now: Tick,
        idle_ping: Option<Duration>,
        link: Link,
    ) -> GatewayConnection {
        let (app_id, seconds) = app.as_ref().map_or((NO_APP, 0), |app| {
            let app = app.lock();
            (app.id(), app.options().limits.activity_timeout_s)
        });
        let activity_timeout = idle_ping.unwrap_or(Duration::from_secs(seconds.into()));
        GatewayConnection {
            id: AtomicU32::new(0),
            app,
            app_id,
            activity_timeout: activity_timeout.as_millis().try_into().unwrap_or(u32::MAX),
            seen: AtomicU32::new(now),
            pinged: AtomicBool::new(false),
            departed: AtomicBool::new(false),
            farewell: AtomicBool::new(false),
            messages: Mutex::default(),
            trace: OnceLock::new(),
            socket_id: OnceLock::new(),
            link,
        }
    }

    pub fn id(&self) -> ConnectionId {
        self.id.load(Ordering::Relaxed)
    }

    pub fn set_id(&self, id: ConnectionId) {
        self.id.store(id, Ordering::Relaxed);
    }

    /// Its socket id for the log, `""` before it has one and when there is no log.
    pub fn name(&self) -> &str {
        self.socket_id.get().map_or("", |name| name)
    }

    // ---- sending

    /// Sends one frame, complete JSON text.
    pub fn send(&self, text: &str) {
        match &self.link {
            Link::Socket(socket) => socket.push(&frames::text(text), 0),
            Link::Xhr(session) => session.push(text, 0),
        }
    }

    /// Brings what [`GatewayConnection::deliver`] reads into the processor's cache.
    pub fn prefetch(&self) {
        if let Link::Socket(socket) = &self.link {
            socket.prefetch();
        }
    }

    /// Sends all of a batch but the posts that except this connection.
    pub fn deliver(&self, batch: &Batch) {
        match &self.link {
            Link::Socket(socket) => {
                let seq = batch.seq();
                batch.each_run(self.id(), |frames: &Bytes| socket.push(frames, seq));
            }
            Link::Xhr(session) => batch.each_text(self.id(), |text, seq| session.push(text, seq)),
        }
    }

    /// Asks for a sign of life. Every WebSocket that gets in here knows pings, whichever version of the
    /// Pusher protocol is spoken on it (Pusher docs: WebSocket protocol, ping and pong).
    pub fn ping(&self) {
        self.pinged.store(true, Ordering::Relaxed);
        match &self.link {
            Link::Socket(socket) => socket.push(&frames::frame(Opcode::Ping, b""), 0),
            Link::Xhr(session) => session.heartbeat(),
        }
    }

    /// Says goodbye after everything that waits.
    pub fn close(&self, code: u16, reason: &str) {
        // RFC 6455, 7.4: what a client sees as 1006 is a connection that ends without a Close frame.
        if matches!(code, 1004..=1006 | 1015) {
            return self.cut();
        }
        match &self.link {
            Link::Socket(socket) => socket.close(code, reason),
            Link::Xhr(session) => session.close(code, reason),
        }
    }

    /// What waits for its client.
    fn out(&self) -> MutexGuard<'_, Outbox> {
        match &self.link {
            Link::Socket(socket) => socket.out(),
            Link::Xhr(session) => session.out(),
        }
    }

    /// Ends it without a word.
    pub fn cut(&self) {
        self.out().cut();
    }

    pub fn phase(&self) -> Phase {
        self.out().phase()
    }

    /// The number of the first event that its client has not taken.
    pub fn first_seq(&self) -> Option<u64> {
        self.out().first_seq()
    }

    /// Whether something waits for its client to take it, and not for a test.
    pub fn is_waiting(&self) -> bool {
        let out = self.out();
        !out.is_empty() && !out.is_silent()
    }

    /// Nothing goes out or comes in from now on, also no end; or again.
    pub fn silence(&self, silent: bool) {
        self.out().silence(silent);
    }

    pub fn is_silent(&self) -> bool {
        self.out().is_silent()
    }

    /// Whether it was cut because it read too slowly.
    pub fn has_overflowed(&self) -> bool {
        self.out().has_overflowed()
    }

    // ---- life

    /// Something came from the client: it is alive.
    pub fn saw(&self, now: Tick) {
        self.seen.store(now, Ordering::Relaxed);
        self.pinged.store(false, Ordering::Relaxed);
    }

    /// When something last came from it, or when it departed.
    pub fn last_seen(&self) -> Tick {
        self.seen.load(Ordering::Relaxed)
    }

    /// Silence after which it is asked for a sign of life.
    pub fn activity_timeout(&self) -> Duration {
        Duration::from_millis(self.activity_timeout.into())
    }

    /// Whether it owes a sign of life.
    pub fn is_pinged(&self) -> bool {
        self.pinged.load(Ordering::Relaxed)
    }

    /// Counts a message, unless `limit` were reached within this second.
    pub fn admit(&self, limit: u32, now: Tick) -> bool {
        self.messages.lock().admit(limit, now.into())
    }

    /// Marks it as gone for the broker; what the client owes from `now` on is its own goodbye.
    /// `true` the first time.
    pub fn depart(&self, now: Tick) -> bool {
        let first = !self.departed.swap(true, Ordering::Relaxed);
        if first {
            self.saw(now);
        }
        first
    }

    /// Whether the broker has been told that it is gone.
    pub fn has_departed(&self) -> bool {
        self.departed.load(Ordering::Relaxed)
    }

    /// Both sides have said goodbye.
    pub fn farewell(&self) {
        self.farewell.store(true, Ordering::Relaxed);
    }

    pub fn has_said_farewell(&self) -> bool {
        self.farewell.load(Ordering::Relaxed)
    }
}
