//! Time at the gateway: silent clients, goodbyes that nobody answers, and what the apps have due.
//!
//! One task looks at everybody in turn. That costs less than a timer per connection, and nothing
//! here has to be exact.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::time::sleep;

use crate::clock::{self, Tick, reading};
use crate::gateway::server::state::Server;
use crate::gateway::wire::connection::{GOODBYE, GatewayConnection, Link};
use crate::gateway::wire::outbox::Phase;
use crate::protocol::SocketError;

/// The longest time between two looks at the connections.
const LONGEST: Duration = Duration::from_secs(2);
/// The longest time until something new that an app has due is noticed.
const NOTICE: Duration = Duration::from_millis(125);
const SHORTEST: Duration = Duration::from_millis(5);

/// Runs until the gateway ends.
pub async fn watch(server: Arc<Server>) {
    let options = &server.options;
    let patience = options.pong_timeout.min(options.session_patience);
    let patience = patience.min(options.idle_ping.unwrap_or(Duration::MAX));
    let interval = (patience / 4).clamp(SHORTEST, LONGEST);
    let mut looked = Instant::now();
    loop {
        sleep(tick_apps(&server).min(NOTICE).min(interval)).await;
        if looked.elapsed() < interval {
            continue;
        }
        looked = Instant::now();
        let now = server.clock.tick();
        for connection in server
            .outlet
            .connections_where(|connection| is_due(connection, now))
        {
            look_at(&server, &connection, &mut Did::default());
        }
    }
}

/// Whether a connection deserves a closer look. Asked of all of them, so it takes no lock.
fn is_due(connection: &GatewayConnection, now: Tick) -> bool {
    let silence = clock::between(connection.last_seen(), now);
    silence >= connection.activity_timeout()
        || (silence >= GOODBYE && connection.has_departed())
        || matches!(connection.link, Link::Xhr(_))
}

/// Does what is due in the apps; returns how long nothing more will be.
fn tick_apps(server: &Server) -> Duration {
    tick(server, &mut Did::default());
    until_apps(server).map_or(Duration::MAX, |next| Duration::from_millis(next.max(1)))
}

fn tick(server: &Server, did: &mut Did) {
    let reading = reading();
    for app in &server.options.apps {
        let mut app = app.lock();
        let now = app.now(&reading);
        if app.next_deadline().is_some_and(|deadline| deadline <= now) {
            let done = app.tick(now);
            did.counts += done.counts;
            did.cut.extend(
                done.cut
                    .into_iter()
                    .map(|(name, code)| (name.as_ref().into(), code)),
            );
        }
    }
}

/// Milliseconds until one of the apps has something due.
fn until_apps(server: &Server) -> Option<u64> {
    let reading = reading();
    let next = server.options.apps.iter().filter_map(|app| {
        let mut app = app.lock();
        let now = app.now(&reading);
        Some(app.next_deadline()?.saturating_sub(now))
    });
    next.min()
}

fn look_at(server: &Server, connection: &Arc<GatewayConnection>, did: &mut Did) {
    let silence = server.clock.since(connection.last_seen());
    let name = || -> Box<str> {
        let app = connection.app.as_ref().map(|app| app.lock());
        let socket_id = app.as_ref().and_then(|app| app.socket_id(connection.id()));
        socket_id.unwrap_or_default().into()
    };
    if let Link::Xhr(session) = &connection.link {
        let patience = server.options.session_patience;
        let is_abandoned = session.is_abandoned(&server.clock, patience);
        // Cut, it may have no request that would notice.
        if connection.phase() == Phase::Cut || is_abandoned {
            if is_abandoned && !connection.has_departed() {
                did.cut.push((name(), ABNORMAL));
            }
            return server.end_session(connection);
        }
    }
    match connection.phase() {
        Phase::Open if silence < connection.activity_timeout() => {}
        Phase::Open if !connection.is_pinged() => {
            did.pinged.push(name());
            connection.ping();
        }
        Phase::Open if silence >= connection.activity_timeout() + server.options.pong_timeout => {
            did.cut
                .push((name(), SocketError::NoPong.code().unwrap_or_default()));
            server.drop_connection(connection, &SocketError::NoPong);
        }
        Phase::Closing if silence >= GOODBYE => connection.cut(),
        Phase::Open | Phase::Closing | Phase::Cut => {}
    }
}

// ---- time that a test moves

/// How long, in real time, clients may take to answer what time that is skipped asks of them.
const ANSWER: Duration = Duration::from_secs(2);
/// How often it is looked whether they have.
const LOOK: Duration = Duration::from_millis(1);
/// What a client calls an end without a goodbye (RFC 6455, 7.1.5).
const ABNORMAL: u16 = 1006;

/// What has happened while time was skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Did {
    /// Milliseconds.
    pub passed: u64,
    /// Socket ids of the clients that were asked for a sign of life.
    pub pinged: Vec<Box<str>>,
    /// Clients that were cut, by socket id or name, and the codes.
    pub cut: Vec<(Box<str>, u16)>,
    /// How often a channel's subscribers were told how many they are.
    pub counts: usize,
    /// Cache channels whose event was forgotten.
    pub expired: Vec<Box<str>>,
}

/// Skips the time until something is due, but at most so many milliseconds, and does that. Clients that can answer have
/// done so when this is over: nobody is cut for an answer that there was no time for.
pub async fn advance(server: &Server, most: u64) -> Did {
    let step = until_due(server).min(most);
    let mut did = Did {
        passed: step,
        ..Did::default()
    };
    server.clock.skip(step.try_into().unwrap_or(u32::MAX));
    let reading = reading();
    for app in &server.options.apps {
        let expired = app.lock().advance(step, &reading).into_iter();
        did.expired
            .extend(expired.map(|channel| channel.as_str().into()));
    }
    tick(server, &mut did);
    let now = server.clock.tick();
    let due = server
        .outlet
        .connections_where(|connection| is_due(connection, now));
    let mut asked = Vec::new();
    for connection in due {
        let before = did.pinged.len();
        look_at(server, &connection, &mut did);
        if did.pinged.len() > before || matches!(connection.link, Link::Xhr(_)) {
            asked.push(connection);
        }
    }
    did.pinged.sort_unstable();
    did.cut.sort_unstable();
    hear(&asked).await;
    did
}

/// Milliseconds until a connection or an app has something due: 1 at least.
fn until_due(server: &Server) -> u64 {
    let now = server.clock.tick();
    let connections = server.outlet.connections();
    let patience = server.options.session_patience;
    let next = connections.iter().filter_map(|connection| {
        let mut due = match connection.phase() {
            Phase::Open if connection.is_pinged() => {
                connection.activity_timeout() + server.options.pong_timeout
            }
            Phase::Open => connection.activity_timeout(),
            Phase::Closing => GOODBYE,
            Phase::Cut => return None,
        };
        let silence = clock::between(connection.last_seen(), now);
        if let Link::Xhr(session) = &connection.link
            && let Some(left) = session.left()
        {
            let abandoned = patience.saturating_sub(clock::between(left, now));
            due = due.min(silence + abandoned + Duration::from_millis(1));
        }
        Some(due.saturating_sub(silence).as_millis() as u64)
    });
    next.chain(until_apps(server))
        .min()
        .unwrap_or(u64::MAX)
        .max(1)
}

/// Waits until all who can answer have, or ask again.
async fn hear(asked: &[Arc<GatewayConnection>]) {
    let since = Instant::now();
    let owes = |connection: &Arc<GatewayConnection>| {
        let is_away = match &connection.link {
            Link::Xhr(session) => session.left().is_some(),
            Link::Socket(_) => false,
        };
        connection.phase() == Phase::Open
            && (connection.is_pinged() || is_away)
            && !connection.is_silent()
    };
    while since.elapsed() < ANSWER && asked.iter().any(owes) {
        sleep(LOOK).await;
    }
}
