//! A connection to the internet whose bytes are counted, and cut when they are too many.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep};

use super::asked::Target;
use super::budget::Budget;
use super::job::Job;

/// One of a job's connections. It gives its place back when it is dropped.
pub(super) struct Metered {
    stream: TcpStream,
    job: Arc<Job>,
    to: Target,
    clock: Arc<Clock>,
    _place: OwnedSemaphorePermit,
}

/// When something last happened on a connection.
pub(super) struct Clock {
    began: Instant,
    /// In milliseconds from the beginning.
    last: AtomicU64,
    patience: Duration,
}

impl Metered {
    pub(super) fn new(stream: TcpStream, job: Arc<Job>, to: Target, place: OwnedSemaphorePermit) -> Self {
        let clock = Clock { began: Instant::now(), last: AtomicU64::new(0), patience: job.limits.idle };
        Self { stream, job, to, clock: Arc::new(clock), _place: place }
    }

    pub(super) fn clock(&self) -> Arc<Clock> {
        Arc::clone(&self.clock)
    }

    fn cut(&self, budget: Budget) -> io::Error {
        self.job.cut(&self.to, budget);
        io::Error::other("the job has used up what it may")
    }

    fn written(&self, written: io::Result<usize>) -> io::Result<usize> {
        let bytes = written?;
        self.clock.tick();
        self.job.up.count(bytes).map_err(|()| self.cut(Budget::Up))?;
        Ok(bytes)
    }
}

impl Clock {
    fn tick(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Relaxed);
    }

    /// Returns when nothing has happened for too long.
    pub(super) async fn run_out(&self) {
        loop {
            let quiet = self.began.elapsed().saturating_sub(Duration::from_millis(self.last.load(Ordering::Relaxed)));
            match self.patience.checked_sub(quiet) {
                Some(left) if !left.is_zero() => sleep(left).await,
                Some(_) | None => return,
            }
        }
    }
}

impl AsyncRead for Metered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        self.clock.tick();
        let bytes = buf.filled().len() - before;
        Poll::Ready(self.job.down.count(bytes).map_err(|()| self.cut(Budget::Down)))
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, buf));
        Poll::Ready(self.written(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, bufs));
        Poll::Ready(self.written(written))
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
