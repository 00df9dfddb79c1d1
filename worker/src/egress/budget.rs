//! The network budgets of one session.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The limits of one session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Open tunnels and requests in progress; further ones wait. An idle tunnel looks the
    /// same as one whose response is slow, so only Chromium can close it, which it does when its
    /// pool is full. Chromium 156 chooses the size of a pool at random: 138 to 250 in ten runs.
    /// A limit below that would make requests wait for tunnels that nobody uses.
    pub(super) max_active: usize,
    /// Distinct hosts, not counting those that the policy denies without resolving them. The
    /// heaviest pages load from a hundred; a scanner tries more.
    pub(super) max_hosts: usize,
    /// Attempts to connect, including denied ones. Allows several per host and stops loops.
    pub(super) max_attempts: u64,
    /// Bytes received. Ten times a heavy page; stops an endless one before it costs real money.
    pub(super) max_received: u64,
    /// Bytes sent. Rendering a page sends requests only; a page that sends more is uploading.
    pub(super) max_sent: u64,
    /// How long a connection may be idle: as long as the longest render.
    pub(super) idle_timeout: Duration,
}

impl Limits {
    /// The limits of every session in production.
    pub(super) const DEFAULT: Self = Self {
        max_active: 256,
        max_hosts: 150,
        max_attempts: 1_000,
        max_received: 100 * 1024 * 1024,
        max_sent: 10 * 1024 * 1024,
        idle_timeout: Duration::from_mins(1),
    };
}

/// Which budget a session has exhausted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Budget {
    Hosts,
    Attempts,
    Received,
    Sent,
}

/// A number of bytes, counted against a limit.
#[derive(Debug)]
pub(super) struct ByteBudget {
    used: AtomicU64,
    limit: u64,
}

impl ByteBudget {
    pub(super) const fn new(limit: u64) -> Self {
        Self { used: AtomicU64::new(0), limit }
    }

    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.used() > self.limit
    }

    /// Adds a number of bytes. Fails if the total exceeds the limit.
    pub(super) fn add(&self, bytes: usize) -> Result<(), ()> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let used = self.used.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if used > self.limit { Err(()) } else { Ok(()) }
    }
}
