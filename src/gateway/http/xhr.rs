//! What pusher-js falls back to where WebSockets do not get through: one request that receives,
//! for as long as it lasts (`xhr_streaming`) or until something comes (`xhr`), and one request per
//! message to send (`xhr_send`).
//!
//! Both receive lines: `o` once, then `a["<frame>"]`, `h` as a sign of life, `c[code,"reason"]` at
//! the end. A session outlives its requests: pusher-js ends one and begins the next.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use tokio::task::yield_now;

use crate::broker::{AppId, NO_APP};
use crate::gateway::server::state::{Peer, Server};
use crate::gateway::wire::connection::{GatewayConnection, Link};
use crate::gateway::wire::frames::TOO_LONG;
use crate::gateway::wire::outbox::Phase;
use crate::gateway::wire::session::{Session, close_line, message_line};
use crate::protocol::SocketError;

/// A response takes what waits in pieces of at most about this size.
const PIECE: usize = 64 * 1024;
/// As soon as pusher-js has read more than this of a response, counted as JavaScript counts, it
/// goes on with another one (`http_request.ts`, `isBufferTooLong`). What it were sent behind that
/// would be lost with the response that it drops, so it waits for the next.
const LONGEST_RESPONSE: usize = 256 * 1024;
/// Messages of one body that are handled before it is everybody else's turn.
const TURN: usize = 64;

/// How a request receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The response goes on until the end.
    Streaming,
    /// The response ends as soon as it has brought something.
    Polling,
}

impl Mode {
    pub fn transport(self) -> &'static str {
        match self {
            Mode::Streaming => "xhr_streaming",
            Mode::Polling => "xhr_polling",
        }
    }
}

/// Begins or goes on with a session. `target` is the address a WebSocket would have been asked for.
pub fn receive(
    server: &Arc<Server>,
    peer: Peer,
    name: &str,
    target: &str,
    mode: Mode,
) -> Result<Receiving, Bytes> {
    let connection = match server.sessions.get(name) {
        Some(connection) => connection,
        None => begin(server, peer, name, target, mode)?,
    };
    Ok(Receiving::new(server.clone(), connection, mode))
}

fn begin(
    server: &Arc<Server>,
    peer: Peer,
    name: &str,
    target: &str,
    mode: Mode,
) -> Result<Arc<GatewayConnection>, Bytes> {
    let refused = |app, error| refusal(server, app, target, &error);
    let app = server
        .handshake_below(target)
        .map_err(|error| refused(NO_APP, error))?;
    let now = server.clock.tick();
    let session = Session::new(name, server.options.bounds(), now);
    let link = Link::Xhr(Box::new(session));
    let connection = GatewayConnection::new(Some(app.clone()), now, server.options.idle_ping, link);
    let connection = Arc::new(connection);
    server
        .open(&app, &connection, mode.transport(), peer)
        .map_err(|error| refused(connection.app_id, error))?;
    server.sessions.insert(name, &connection);
    Ok(connection)
}

/// A whole session that says no.
pub fn refusal(server: &Server, app: AppId, target: &str, error: &SocketError) -> Bytes {
    let mut lines = BytesMut::from(&b"o\n"[..]);
    lines.extend_from_slice(&message_line(&server.refusal(app, target, error)));
    lines.extend_from_slice(&close_line(
        error.code().unwrap_or(4000),
        &error.to_string(),
    ));
    lines.freeze()
}

/// What became of a body of messages.
pub enum Sent {
    Taken,
    /// It is something else than a JSON array of strings. Nothing of it was taken.
    Malformed,
    /// One message is longer than any may be, which ends the session as it ends a WebSocket.
    TooLong,
    /// The session has ended, before or meanwhile.
    Over,
}

/// Takes messages from the client: a JSON array of strings, `[]` as a sign of life.
pub async fn send(server: &Server, connection: &GatewayConnection, body: &[u8]) -> Sent {
    let Ok(messages) = serde_json::from_slice::<Vec<String>>(body) else {
        return Sent::Malformed;
    };
    if connection.phase() == Phase::Open {
        connection.saw(server.clock.tick());
    }
    for (number, message) in messages.iter().enumerate() {
        // A body has room for a hundred thousand of them.
        if number % TURN == TURN - 1 {
            yield_now().await;
        }
        if connection.phase() != Phase::Open {
            break;
        }
        if message.len() > server.options.max_message_bytes {
            server.end(connection, TOO_LONG.code, TOO_LONG.reason);
            return Sent::TooLong;
        }
        server.receive(connection, message);
    }
    match connection.phase() {
        Phase::Open => Sent::Taken,
        Phase::Closing => Sent::Over,
        Phase::Cut => {
            server.end_session(connection);
            Sent::Over
        }
    }
}

/// The body of a response that receives.
pub struct Receiving {
    server: Arc<Server>,
    connection: Arc<GatewayConnection>,
    mode: Mode,
    number: u32,
    /// What it has brought, in UTF-16 units.
    length: usize,
}

impl Receiving {
    fn new(server: Arc<Server>, connection: Arc<GatewayConnection>, mode: Mode) -> Receiving {
        let mut number = 0;
        if let Link::Xhr(session) = &connection.link {
            connection.saw(server.clock.tick());
            number = session.receive();
        }
        Receiving {
            server,
            connection,
            mode,
            number,
            length: 0,
        }
    }

    /// The session it belongs to.
    pub fn connection(&self) -> &Arc<GatewayConnection> {
        &self.connection
    }

    /// What comes next, in pieces; none when this request has had its part.
    pub fn next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let Link::Xhr(session) = &self.connection.link else {
            return Poll::Ready(None);
        };
        let Some(mut out) = session.waiting(self.number) else {
            return Poll::Ready(None);
        };
        if out.is_silent() {
            out.register(context.waker());
            return Poll::Pending;
        }
        let mut piece = BytesMut::new();
        let is_full = |length| self.mode == Mode::Streaming && length > LONGEST_RESPONSE;
        while piece.len() < PIECE
            && !is_full(self.length)
            && let Some(line) = out.pop()
        {
            self.length += utf16_length(&line);
            piece.extend_from_slice(&line);
        }
        if !piece.is_empty() {
            return Poll::Ready(Some(piece.freeze()));
        }
        if out.is_empty() && out.phase() != Phase::Open {
            drop(out);
            self.server.end_session(&self.connection);
            return Poll::Ready(None);
        }
        if self.length > 0 && self.mode == Mode::Polling {
            return Poll::Ready(None);
        }
        out.register(context.waker());
        Poll::Pending
    }
}

/// How long a text is in UTF-16 units: one for the first byte of each character, and another one
/// for those of four bytes.
fn utf16_length(text: &[u8]) -> usize {
    let units = |byte: &u8| usize::from(byte & 0xC0 != 0x80) + usize::from(*byte >= 0xF0);
    text.iter().map(units).sum()
}

impl Drop for Receiving {
    fn drop(&mut self) {
        if let Link::Xhr(session) = &self.connection.link {
            session.leave(self.number, self.server.clock.tick());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_text_is_as_long_as_javascript_says(text in any::<String>()) {
            prop_assert_eq!(utf16_length(text.as_bytes()), text.encode_utf16().count());
        }
    }
}
