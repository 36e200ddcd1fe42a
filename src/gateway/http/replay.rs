//! A socket whose first bytes have been read already, as hyper wants to see it.

use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use crate::gateway::wire::buffer::with_read_buffer;
use crate::gateway::wire::connection::GOODBYE;

/// Gives `first` before what else the socket has.
#[derive(Debug)]
pub struct Replay {
    pub first: Bytes,
    pub stream: TcpStream,
    /// Whether what the client still sends is read away when the last answer has left. A socket that is closed over
    /// what nobody has read is reset, and the reset may overtake the answer (RFC 9112, 9.6).
    pub hears_out: Arc<AtomicBool>,
    /// Runs once the last answer has left.
    goodbye: Option<Pin<Box<Sleep>>>,
}

impl Replay {
    pub fn new(first: Bytes, stream: TcpStream) -> Replay {
        Replay {
            first,
            stream,
            hears_out: Arc::new(AtomicBool::new(true)),
            goodbye: None,
        }
    }

    /// Ends the connection so that what was written arrives.
    pub async fn end(mut self) {
        // If it fails, it has ended.
        let _ = poll_fn(|context| Pin::new(&mut self).poll_shutdown(context)).await;
    }

    /// Ready when nothing more is to be read away: the client has ended, or has had its time.
    fn poll_heard_out(
        &mut self,
        context: &mut Context<'_>,
        goodbye: &mut Pin<Box<Sleep>>,
    ) -> Poll<()> {
        while self.hears_out.load(Ordering::Relaxed) && goodbye.as_mut().poll(context).is_pending()
        {
            let goes_on = with_read_buffer(|bytes| {
                let mut read = ReadBuf::new(bytes);
                let outcome = ready!(Pin::new(&mut self.stream).poll_read(context, &mut read));
                Poll::Ready(outcome.is_ok() && !read.filled().is_empty())
            });
            if !ready!(goes_on) {
                break;
            }
        }
        Poll::Ready(())
    }
}

impl Read for Replay {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.first.is_empty() {
            let size = self.first.len().min(buffer.remaining());
            buffer.put_slice(&self.first.split_to(size));
            return Poll::Ready(Ok(()));
        }
        with_read_buffer(|bytes| {
            let size = bytes.len().min(buffer.remaining());
            let mut read = ReadBuf::new(&mut bytes[..size]);
            // Knows from a short read that there is no more: `try_read` would ask the system again.
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut read))?;
            buffer.put_slice(read.filled());
            Poll::Ready(Ok(()))
        })
    }
}

impl Write for Replay {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut goodbye = match self.goodbye.take() {
            Some(goodbye) => goodbye,
            None => {
                ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
                if !self.hears_out.load(Ordering::Relaxed) {
                    return Poll::Ready(Ok(()));
                }
                Box::pin(sleep(GOODBYE))
            }
        };
        let heard_out = self.poll_heard_out(context, &mut goodbye);
        self.goodbye = Some(goodbye);
        heard_out.map(Ok)
    }
}
