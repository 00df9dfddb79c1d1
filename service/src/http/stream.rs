//! The stream of a connection, which reports to its clock.

use std::io::{IoSlice, Result};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::clock::Clock;

/// A stream that reports what is read and written to the clock of its connection.
pub(super) struct ClockedStream<S: AsFd> {
    stream: S,
    clock: Arc<Clock>,
}

impl<S: AsFd> ClockedStream<S> {
    pub(super) fn new(stream: S, clock: Arc<Clock>) -> Self {
        Self { stream, clock }
    }

    fn report(&self, written: Poll<Result<usize>>) -> Poll<Result<usize>> {
        match &written {
            Poll::Ready(Ok(_)) => self.clock.wrote(),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.clock.unwritable(),
        }
        written
    }
}

/// Resets the connection of a client that did not read. The kernel would otherwise try to send what it
/// has for minutes.
impl<S: AsFd> Drop for ClockedStream<S> {
    fn drop(&mut self) {
        if self.clock.is_aborted() {
            let _is_closed_anyway = set_socket_linger(&self.stream, Some(Duration::ZERO));
        }
    }
}

impl<S: AsyncRead + AsFd + Unpin> AsyncRead for ClockedStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let before = bytes.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, bytes);
        if bytes.filled().len() > before {
            self.clock.read();
        }
        read
    }
}

impl<S: AsyncWrite + AsFd + Unpin> AsyncWrite for ClockedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.report(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.report(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if flushed.is_pending() {
            self.clock.unwritable();
        }
        flushed
    }

    /// A shutdown that takes long is limited like a write.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let shut_down = Pin::new(&mut self.stream).poll_shutdown(cx);
        if shut_down.is_pending() {
            self.clock.unwritable();
        }
        shut_down
    }
}
