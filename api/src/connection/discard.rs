//! Reads what a client still sends, so that it can read its response.
//!
//! A connection that is closed with unread data is reset, and the reset discards the response
//! that the client has not read yet. Clients that send the whole body before they read would see
//! a broken pipe instead of a 413.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

/// How much is read and discarded: more than twice the largest body that any operation accepts.
/// It costs no memory.
const MAX_DISCARDED_BYTES: usize = 64 * 1024 * 1024;

/// How long it may take in all: a body of 7 MiB at 2 Mbit/s.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long to wait for the client to send more or to close.
const IDLE_TIMEOUT: Duration = Duration::from_secs(2);

/// Discards what arrives until the client closes, or until a limit is reached.
pub(super) struct Discard {
    remaining: usize,
    deadline: Instant,
    idle: Pin<Box<Sleep>>,
}

impl Discard {
    pub(super) fn new() -> Self {
        let deadline = Instant::now() + DISCARD_TIMEOUT;
        Self { remaining: MAX_DISCARDED_BYTES, deadline, idle: Box::pin(sleep(IDLE_TIMEOUT)) }
    }

    /// Completes when the connection may be closed.
    pub(super) fn poll(&mut self, stream: &mut TcpStream, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.idle.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            let mut bytes = [0; 16 * 1024];
            let mut discarded = ReadBuf::new(&mut bytes);
            let read = ready!(Pin::new(&mut *stream).poll_read(cx, &mut discarded));
            let count = discarded.filled().len();
            self.remaining = self.remaining.saturating_sub(count);
            if read.is_err() || count == 0 || self.remaining == 0 {
                return Poll::Ready(());
            }
            self.idle.as_mut().reset(self.deadline.min(Instant::now() + IDLE_TIMEOUT));
        }
    }
}
