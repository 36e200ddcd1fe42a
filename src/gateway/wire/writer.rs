//! Writing to one WebSocket, from any thread.

use std::hint::black_box;
use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::frames;
use super::outbox::{Bounds, Outbox, Phase};

/// Entries that leave in one system call.
const SLICES: usize = 32;
/// The sending half of one WebSocket, for any thread.
pub struct Writer {
    stream: TcpStream,
    out: Mutex<Outbox>,
    bounds: Bounds,
}

impl Writer {
    pub fn new(stream: TcpStream, bounds: Bounds) -> Writer {
        Writer {
            stream,
            out: Mutex::new(Outbox::new()),
            bounds,
        }
    }

    /// Sends complete frames, from any thread, without ever waiting for the peer: what the kernel
    /// does not take at once is queued for the connection's task.
    ///
    /// The system call happens under the lock. So the order of taking it is the order on the wire,
    /// and nothing slips in between "the queue is empty" and the write. `seq` is the number of the first event in
    /// the frames, 0 where none is.
    pub fn push(&self, bytes: &Bytes, seq: u64) {
        let mut out = self.out.lock();
        if out.phase() != Phase::Open {
            return;
        }
        let rest = if out.is_empty() && !out.is_silent() {
            match retry(|| self.stream.try_write(bytes)) {
                Ok(written) if written == bytes.len() => return,
                // The rest goes first, ahead of any other frame.
                Ok(written) => bytes.slice(written..),
                // Perhaps only because the I/O driver has not looked at this socket yet.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => bytes.clone(),
                Err(_) => return out.cut(),
            }
        } else {
            bytes.clone()
        };
        out.append(rest, seq, self.bounds);
    }

    /// Brings what [`Writer::push`] reads into the processor's cache.
    pub fn prefetch(&self) {
        // Does nothing with the socket but look whether it is ready.
        black_box(self.stream.try_io(Interest::WRITABLE, || Ok(())).is_ok());
        let out = self.out.lock();
        black_box((out.phase(), out.is_empty()));
    }

    /// Queues bytes without trying to write, to leave together with what follows.
    pub fn hold(&self, bytes: Bytes) {
        self.out.lock().append(bytes, 0, self.bounds);
    }

    /// Says goodbye after everything that waits. The peer answers with its own Close frame.
    pub fn close(&self, code: u16, reason: &str) {
        self.finish(frames::close(code, reason));
    }

    /// The same with a Close frame of its own.
    pub fn finish(&self, goodbye: Bytes) {
        let mut out = self.out.lock();
        if out.phase() == Phase::Open {
            out.finish(goodbye);
        }
    }

    /// Ends the TCP connection in this direction, behind what has been written.
    pub fn shut(&self) {
        // Fails only when the peer has gone already.
        let _ = SockRef::from(&self.stream).shutdown(Shutdown::Write);
    }

    /// What the socket has not taken yet.
    pub fn out(&self) -> MutexGuard<'_, Outbox> {
        self.out.lock()
    }

    /// Writes what is queued. Only for the connection's task: a socket has one writer to wake. The
    /// task's waker is registered first, so a frame queued meanwhile wakes it again. `None` while it is silent, also after its end.
    pub fn poll_flush(&self, context: &mut Context<'_>) -> Option<Poll<Phase>> {
        {
            let mut out = self.out.lock();
            out.register(context.waker());
            if out.is_silent() {
                return None;
            }
        }
        Some(self.poll_write(context))
    }

    fn poll_write(&self, context: &mut Context<'_>) -> Poll<Phase> {
        loop {
            {
                let out = self.out.lock();
                if out.is_empty() || out.phase() == Phase::Cut {
                    return Poll::Ready(out.phase());
                }
            }
            // After a WouldBlock only this registers interest in the socket.
            if ready!(self.stream.poll_write_ready(context)).is_err() {
                self.out.lock().cut();
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

impl Writer {
    /// Waits for something to read. Only for the connection's task, as [`Writer::poll_flush`].
    pub fn poll_read_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_read_ready(context)
    }

    /// Reads what is there.
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        retry(|| self.stream.try_read(buffer))
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
