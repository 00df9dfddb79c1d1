//! The stream of bytes of a connection.

use std::io::{IoSlice, Result};
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::discard::Discard;
use super::rejection;

/// A connection that lets clients read its errors: it replaces those that hyper writes by itself,
/// and after an error that closes the connection, it discards what arrives before it closes.
pub(crate) struct ClientStream {
    stream: TcpStream,
    /// A response that is written instead of hyper's, and how much of it has been written.
    replacement: Option<(Vec<u8>, usize)>,
    /// Whether something was read since the last write: the next write begins with the head of a
    /// response. Anything else that looks like one is part of a body.
    awaits_head: bool,
    /// Whether the last response was an error that closes the connection.
    is_rejected: bool,
    discard: Option<Discard>,
}

impl ClientStream {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, replacement: None, awaits_head: false, is_rejected: false, discard: None }
    }

    /// Looks at bytes that are about to be written. Returns `true` if they have been replaced.
    fn inspect(&mut self, written: &[u8]) -> bool {
        if !std::mem::take(&mut self.awaits_head) || !written.starts_with(b"HTTP/1.1 ") {
            return false;
        }
        self.is_rejected = is_rejection(written);
        let Some(replacement) = rejection::replacement(written) else { return false };
        self.is_rejected = true;
        self.replacement = Some((replacement, 0));
        true
    }

    /// Writes the replacement, if there is one.
    fn poll_replacement(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        while let Some((bytes, written)) = &mut self.replacement {
            let rest = bytes.get(*written..).unwrap_or_default();
            if rest.is_empty() {
                self.replacement = None;
                break;
            }
            *written += ready!(Pin::new(&mut self.stream).poll_write(cx, rest))?;
        }
        Poll::Ready(Ok(()))
    }
}

/// Whether bytes begin with the head of an error that closes the connection.
fn is_rejection(written: &[u8]) -> bool {
    let is_error = written.get(9).is_some_and(|digit| matches!(digit, b'4' | b'5'));
    let end = written.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(written.len());
    is_error && str::from_utf8(written.get(..end).unwrap_or_default()).is_ok_and(closes)
}

fn closes(head: &str) -> bool {
    head.lines().any(|line| line.eq_ignore_ascii_case("connection: close"))
}

impl AsFd for ClientStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let before = bytes.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, bytes);
        self.awaits_head |= bytes.filled().len() > before;
        read
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        ready!(self.poll_replacement(cx))?;
        if self.inspect(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        ready!(self.poll_replacement(cx))?;
        if let Some(first) = slices.iter().find(|slice| !slice.is_empty())
            && self.inspect(first)
        {
            return Poll::Ready(Ok(first.len()));
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        ready!(self.poll_replacement(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        ready!(self.poll_replacement(cx))?;
        let this = &mut *self;
        if this.discard.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
        }
        if !this.is_rejected {
            return Poll::Ready(Ok(()));
        }
        let discard = this.discard.get_or_insert_with(Discard::new);
        discard.poll(&mut this.stream, cx).map(Ok)
    }
}
