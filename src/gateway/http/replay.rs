//! A socket whose first bytes have been read already, as hyper wants to see it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::gateway::wire::buffer::with_read_buffer;

/// Gives `first` before what else the socket has.
#[derive(Debug)]
pub struct Replay {
    pub first: Bytes,
    pub stream: TcpStream,
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
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
