//! The task of one WebSocket: it reads, and writes what could not be written at once.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::gateway::admission::verdict::TurnedAway;
use crate::gateway::server::state::{Peer, TaskGuard, spawn};
use crate::gateway::wire::buffer::{READ_BUFFER, with_read_buffer};
use crate::gateway::wire::connection::{GOODBYE, GatewayConnection, Link};
use crate::gateway::wire::frames::{self, Incoming, Opcode, Reader};
use crate::gateway::wire::outbox::Phase;
use crate::gateway::wire::writer::Writer;
use crate::protocol::{ServerFrame, SocketError};

/// Starts a connection. Who was not `admitted` is told so in a way that every client understands:
/// browsers do not show an answer in HTTP. `obstacle` is what else keeps it out, `head` is what has to be sent ahead of the first frame, `early` what
/// arrived behind the handshake.
#[allow(
    clippy::too_many_arguments,
    reason = "who comes, from where, and what has arrived"
)]
pub fn start(
    task: TaskGuard,
    stream: TcpStream,
    peer: Peer,
    target: &str,
    admitted: Result<(), TurnedAway>,
    obstacle: Option<SocketError>,
    head: Bytes,
    early: &mut [u8],
) {
    let server = task.server().clone();
    let asked = match &admitted {
        Ok(()) => obstacle.map_or_else(|| server.handshake(target), Err),
        Err(away) => Err(SocketError::TurnedAway {
            why: away.to_string(),
        }),
    };
    let app = asked.as_ref().ok().cloned();
    let writer = Writer::new(stream, server.options.bounds());
    if !head.is_empty() {
        // Leaves in one write with the greeting.
        writer.hold(head);
    }
    let (now, idle_ping) = (server.clock.tick(), server.options.idle_ping);
    let connection = GatewayConnection::new(app, now, idle_ping, Link::Socket(writer));
    let connection = Arc::new(connection);
    match asked.and_then(|app| server.open(&app, &connection, "ws", peer)) {
        Ok(()) => {
            let mut serve = Serve::new(task, connection);
            serve.read_early(early);
            tokio::spawn(serve);
        }
        Err(error) => {
            let frame = match &admitted {
                Ok(()) => server.refusal(connection.app_id, target, &error),
                Err(away) => {
                    server.turn_away(away);
                    ServerFrame::Error(error.clone()).text()
                }
            };
            server.drop_with(&connection, &error, &frame);
            // To close at once could destroy the message, and nothing else watches a connection
            // that the broker does not know.
            spawn(async {
                let _ = timeout(GOODBYE, Serve::new(task, connection)).await;
            });
        }
    }
}

/// The task of one WebSocket: flushes what [`Writer::push`] could not write, and reads. Kept small,
/// there are thousands of them.
pub struct Serve {
    task: TaskGuard,
    connection: Arc<GatewayConnection>,
    reader: Reader,
    hearing: Hearing,
}

/// What becomes of what the peer sends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hearing {
    Open,
    /// After a goodbye it is thrown away.
    Deaf,
    /// After nonsense as well, and no goodbye is to be expected: as soon as ours has left, TCP ends in this direction (RFC
    /// 6455, 7.1.7). Not in the other, or what the peer still sends would destroy the goodbye.
    Failed,
}

impl Serve {
    pub fn new(task: TaskGuard, connection: Arc<GatewayConnection>) -> Serve {
        Serve {
            task,
            connection,
            reader: Reader::default(),
            hearing: Hearing::Open,
        }
    }

    /// Handles bytes that arrived behind the handshake.
    pub fn read_early(&mut self, bytes: &mut [u8]) {
        if !bytes.is_empty() {
            self.handle(bytes);
        }
    }

    /// What the peer sent. Its Close frame is its departure, the end of the TCP connection may come
    /// much later.
    fn handle(&mut self, bytes: &mut [u8]) {
        let (server, connection) = (self.task.server(), &self.connection);
        // Whoever was told goodbye has to leave, whatever they still send.
        if !connection.has_departed() {
            connection.saw(server.clock.tick());
        }
        if self.hearing != Hearing::Open {
            return;
        }
        let Link::Socket(socket) = &connection.link else {
            return;
        };
        let end = self.reader.read(
            bytes,
            server.options.max_message_bytes,
            |message| match message {
                Incoming::Text(text) => server.receive(connection, text),
                Incoming::Binary(_) => {
                    server.end(connection, 1003, "only text frames are understood")
                }
                Incoming::Ping(payload) => {
                    if server.admit(connection) {
                        socket.push(&frames::frame(Opcode::Pong, payload), 0);
                    }
                }
                Incoming::Pong(_) => {}
                Incoming::Close(close) => {
                    server.depart(connection);
                    // An echo, as RFC 6455 asks; a Close without code is answered by one.
                    socket.finish(match close {
                        Some((code, reason)) => frames::close(code, reason),
                        None => frames::frame(Opcode::Close, b""),
                    });
                }
            },
        );
        match end {
            Ok(true) => {}
            // Both sides have said goodbye once the answer has left.
            Ok(false) => {
                self.hearing = Hearing::Deaf;
                connection.farewell();
            }
            Err(violation) => {
                self.hearing = Hearing::Failed;
                server.end(connection, violation.code, violation.reason);
            }
        }
    }
}

impl Future for Serve {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let connection = self.connection.clone();
        let Link::Socket(socket) = &connection.link else {
            return Poll::Ready(());
        };
        loop {
            // What the client sends stays where it is, and so does the socket.
            let Some(flushed) = socket.poll_flush(context) else {
                return Poll::Pending;
            };
            match flushed {
                Poll::Ready(Phase::Cut) => return Poll::Ready(()),
                Poll::Ready(Phase::Closing) if connection.has_said_farewell() => {
                    return Poll::Ready(());
                }
                Poll::Ready(Phase::Closing) if self.hearing == Hearing::Failed => {
                    self.hearing = Hearing::Deaf;
                    socket.shut();
                }
                _ => {}
            }
            if ready!(socket.poll_read_ready(context)).is_err() {
                return Poll::Ready(());
            }
            let read = with_read_buffer(|buffer| {
                let read = socket.try_read(&mut *buffer)?;
                self.handle(&mut buffer[..read]);
                io::Result::Ok(read)
            });
            match read {
                Ok(0) => return Poll::Ready(()),
                // Probably there is more. It may be thousands of frames: first the others' turn.
                Ok(READ_BUFFER) => return pin!(yield_now()).poll(context),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Poll::Ready(()),
            }
        }
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let server = self.task.server();
        self.connection.cut();
        server.depart(&self.connection);
        server.outlet.remove(self.connection.id());
    }
}
