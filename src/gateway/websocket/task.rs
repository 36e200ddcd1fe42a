//! One WebSocket: a writer that any thread may use, and the task that reads.

use std::cell::RefCell;
use std::future::Future;
use std::hint::black_box;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::io::Interest;
use tokio::net::TcpStream;

use crate::gateway::server::state::TaskGuard;
use crate::gateway::wire::connection::{Connection, Link};
use crate::gateway::wire::frames::{self, Incoming, Opcode, Reader};
use crate::gateway::wire::outbox::{Bounds, Outbox, Phase};

/// Entries that leave in one system call.
const SLICES: usize = 32;
/// One buffer per thread serves all its connections: a frame is handled where it was read.
const READ_BUFFER: usize = 16 * 1024;

thread_local! {
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BUFFER].into());
}

/// Runs `read` with this thread's buffer.
pub fn with_read_buffer<T>(read: impl FnOnce(&mut [u8]) -> T) -> T {
    BUFFER.with_borrow_mut(|buffer| read(buffer))
}

/// The sending half.
pub struct Socket {
    stream: TcpStream,
    out: Mutex<Outbox>,
    bounds: Bounds,
}

impl Socket {
    pub fn new(stream: TcpStream, bounds: Bounds) -> Socket {
        Socket {
            stream,
            out: Mutex::new(Outbox::new()),
            bounds,
        }
    }

    /// Sends complete frames, from any thread, without ever waiting for the peer: what the kernel
    /// does not take at once is queued for the connection's task.
    ///
    /// The system call happens under the lock. So the order of taking it is the order on the wire,
    /// and nothing slips in between "the queue is empty" and the write.
    pub fn push(&self, frames: &Bytes) {
        let mut out = self.out.lock();
        if out.phase() != Phase::Open {
            return;
        }
        let rest = if out.is_empty() {
            match retry(|| self.stream.try_write(frames)) {
                Ok(written) if written == frames.len() => return,
                // The rest goes first, ahead of any other frame.
                Ok(written) => frames.slice(written..),
                // Perhaps only because the I/O driver has not looked at this socket yet.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => frames.clone(),
                Err(_) => return out.cut(),
            }
        } else {
            frames.clone()
        };
        out.append(rest, self.bounds);
    }

    /// Brings what [`Socket::push`] reads into the processor's cache.
    pub fn prefetch(&self) {
        // Does nothing with the socket but look whether it is ready.
        black_box(self.stream.try_io(Interest::WRITABLE, || Ok(())).is_ok());
        let out = self.out.lock();
        black_box((out.phase(), out.is_empty()));
    }

    /// Queues bytes without trying to write, to leave together with what follows.
    pub fn hold(&self, bytes: Bytes) {
        self.out.lock().append(bytes, self.bounds);
    }

    /// Says goodbye after everything that waits. The peer answers with its own Close frame.
    pub fn close(&self, code: u16, reason: &str) {
        self.finish(frames::close(code, reason));
    }

    fn finish(&self, goodbye: Bytes) {
        let mut out = self.out.lock();
        if out.phase() == Phase::Open {
            out.finish(goodbye);
        }
    }

    /// Ends it without a word.
    pub fn cut(&self) {
        self.out.lock().cut();
    }

    pub fn phase(&self) -> Phase {
        self.out.lock().phase()
    }

    pub fn has_overflowed(&self) -> bool {
        self.out.lock().has_overflowed()
    }

    /// Writes what is queued. Only for the connection's task: a socket has one writer to wake. The
    /// task's waker is registered first, so a frame queued meanwhile wakes it again.
    fn poll_flush(&self, context: &mut Context<'_>) -> Poll<Phase> {
        self.out.lock().register(context.waker());
        loop {
            {
                let out = self.out.lock();
                if out.is_empty() || out.phase() == Phase::Cut {
                    return Poll::Ready(out.phase());
                }
            }
            // After a WouldBlock only this registers interest in the socket.
            if ready!(self.stream.poll_write_ready(context)).is_err() {
                self.cut();
                return Poll::Ready(Phase::Cut);
            }
            let mut out = self.out.lock();
            while !out.is_empty() {
                let mut slices = [IoSlice::new(&[]); SLICES];
                let count = out.slices(&mut slices);
                match retry(|| self.stream.try_write_vectored(&slices[..count])) {
                    Ok(written) => out.advance(written),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(_) => out.cut(),
                }
            }
        }
    }
}

fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// The task of one WebSocket: flushes what [`Socket::push`] could not write, and reads. Kept small,
/// there are thousands of them.
pub struct Serve {
    task: TaskGuard,
    connection: Arc<Connection>,
    reader: Reader,
    /// After a goodbye, or nonsense: what still comes is thrown away.
    deaf: bool,
}

impl Serve {
    pub fn new(task: TaskGuard, connection: Arc<Connection>) -> Serve {
        Serve {
            task,
            connection,
            reader: Reader::default(),
            deaf: false,
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
        if self.deaf {
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
                Incoming::Ping(payload) => socket.push(&frames::frame(Opcode::Pong, payload)),
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
                self.deaf = true;
                connection.farewell();
            }
            Err(violation) => {
                self.deaf = true;
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
            match socket.poll_flush(context) {
                Poll::Ready(Phase::Cut) => return Poll::Ready(()),
                Poll::Ready(Phase::Closing) if connection.has_said_farewell() => {
                    return Poll::Ready(());
                }
                _ => {}
            }
            if ready!(socket.stream.poll_read_ready(context)).is_err() {
                return Poll::Ready(());
            }
            let gone = with_read_buffer(|buffer| match retry(|| socket.stream.try_read(buffer)) {
                Ok(0) => true,
                Ok(read) => {
                    self.handle(&mut buffer[..read]);
                    false
                }
                Err(error) => error.kind() != io::ErrorKind::WouldBlock,
            });
            if gone {
                return Poll::Ready(());
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
