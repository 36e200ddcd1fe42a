//! Time at the gateway: silent clients, goodbyes that nobody answers, and what the apps have due.
//!
//! One task looks at everybody in turn. That costs less than a timer per connection, and nothing
//! here has to be exact.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::clock::{self, Tick, reading};
use crate::gateway::server::state::Server;
use crate::gateway::wire::connection::{Connection, GOODBYE, Link};
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
            look_at(&server, &connection);
        }
    }
}

/// Whether a connection deserves a closer look. Asked of all of them, so it takes no lock.
fn is_due(connection: &Connection, now: Tick) -> bool {
    let silence = clock::between(connection.last_seen(), now);
    silence >= connection.activity_timeout()
        || (silence >= GOODBYE && connection.has_departed())
        || matches!(connection.link, Link::Xhr(_))
}

/// Does what is due in the apps; returns how long nothing more will be.
fn tick_apps(server: &Server) -> Duration {
    let reading = reading();
    let next = server.options.apps.iter().filter_map(|app| {
        let mut app = app.lock();
        let now = app.now(&reading);
        if app.next_deadline().is_some_and(|deadline| deadline <= now) {
            app.tick(now);
        }
        Some(app.next_deadline()?.saturating_sub(now).max(1))
    });
    Duration::from_millis(next.min().unwrap_or(u64::MAX))
}

fn look_at(server: &Server, connection: &Arc<Connection>) {
    let silence = server.clock.since(connection.last_seen());
    if let Link::Xhr(session) = &connection.link
        // Cut, it may have no request that would notice.
        && (session.phase() == Phase::Cut
            || session.is_abandoned(&server.clock, server.options.session_patience))
    {
        return server.end_session(connection);
    }
    match connection.phase() {
        Phase::Open if silence < connection.activity_timeout() => {}
        Phase::Open if !connection.is_pinged() => connection.ping(),
        Phase::Open if silence >= connection.activity_timeout() + server.options.pong_timeout => {
            server.drop_connection(connection, &SocketError::NoPong);
        }
        Phase::Closing if silence >= GOODBYE => connection.cut(),
        Phase::Open | Phase::Closing | Phase::Cut => {}
    }
}
