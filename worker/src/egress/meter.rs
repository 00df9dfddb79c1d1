//! A connection to the internet that counts its bytes and fails beyond the budget.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::budget::Budget;
use super::state::SessionState;
use super::status::ConnectError;
use super::target::Target;

/// A connection of an egress session.
pub(super) struct MeteredStream {
    stream: TcpStream,
    session: Arc<SessionState>,
    target: Target,
    idle: Arc<IdleTimer>,
}

/// Measures the time since the last read or write of a connection.
pub(super) struct IdleTimer {
    start: Instant,
    /// Milliseconds from `start` to the last activity.
    last_activity: AtomicU64,
    timeout: Duration,
}

impl MeteredStream {
    pub(super) fn new(stream: TcpStream, session: Arc<SessionState>, target: Target) -> Self {
        let timeout = session.limits.idle_timeout;
        let idle = IdleTimer { start: Instant::now(), last_activity: AtomicU64::new(0), timeout };
        Self { stream, session, target, idle: Arc::new(idle) }
    }

    pub(super) fn idle_timer(&self) -> Arc<IdleTimer> {
        Arc::clone(&self.idle)
    }

    fn over_budget(&self, budget: Budget) -> io::Error {
        self.session.record_error(&self.target, ConnectError::OverBudget(budget));
        io::Error::other("the job used up its traffic budget")
    }

    fn count_sent(&self, written: io::Result<usize>) -> io::Result<usize> {
        let bytes = written?;
        self.idle.reset();
        self.session.sent.add(bytes).map_err(|()| self.over_budget(Budget::Sent))?;
        Ok(bytes)
    }
}

impl IdleTimer {
    fn reset(&self) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_activity.store(now, Ordering::Relaxed);
    }

    /// Waits until the connection has been idle for longer than the timeout.
    pub(super) async fn wait_until_idle(&self) {
        loop {
            let last_activity = Duration::from_millis(self.last_activity.load(Ordering::Relaxed));
            let idle = self.start.elapsed().saturating_sub(last_activity);
            match self.timeout.checked_sub(idle) {
                Some(left) if !left.is_zero() => sleep(left).await,
                Some(_) | None => return,
            }
        }
    }
}

impl AsyncRead for MeteredStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        self.idle.reset();
        let bytes = buf.filled().len() - before;
        Poll::Ready(self.session.received.add(bytes).map_err(|()| self.over_budget(Budget::Received)))
    }
}

impl AsyncWrite for MeteredStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, buf));
        Poll::Ready(self.count_sent(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, bufs));
        Poll::Ready(self.count_sent(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
