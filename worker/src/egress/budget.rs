//! What one job may use of the internet, whatever its page asks for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::job::BlockedClass;

/// The limits of one job.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Connections at once; the next ones wait. A browser opens six to a host, and a page
    /// of many hosts has a few dozen.
    pub(super) open: usize,
    /// Hosts that the policy did not refuse by themselves. The heaviest pages have a hundred;
    /// a scanner has more.
    pub(super) hosts: usize,
    /// Attempts to connect, refused ones too. Several to each host, and an end to loops.
    pub(super) connections: u64,
    /// Bytes received: ten times a heavy page, before an endless one costs real money.
    pub(super) down: u64,
    /// Bytes sent. A page that is looked at sends requests; one that sends more is sending
    /// something away.
    pub(super) up: u64,
    /// How long nothing may happen on a connection: as long as the longest render.
    pub(super) idle: Duration,
}

impl Limits {
    /// The limits of every job.
    pub(super) const OURS: Self = Self {
        open: 64,
        hosts: 150,
        connections: 1_000,
        down: 100 * 1024 * 1024,
        up: 10 * 1024 * 1024,
        idle: Duration::from_mins(1),
    };
}

/// What a job has used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Budget {
    Hosts,
    Connections,
    Down,
    Up,
}

impl Budget {
    /// The word for it in what a job reports.
    pub(super) const CLASS: BlockedClass = BlockedClass::Budget;
}

/// Bytes, counted up to a limit.
#[derive(Debug)]
pub(super) struct Bytes {
    used: AtomicU64,
    limit: u64,
}

impl Bytes {
    pub(super) const fn up_to(limit: u64) -> Self {
        Self { used: AtomicU64::new(0), limit }
    }

    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    pub(super) fn are_spent(&self) -> bool {
        self.used() > self.limit
    }

    /// Counts some more. Whoever exceeds the limit is told.
    pub(super) fn count(&self, more: usize) -> Result<(), ()> {
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        let used = self.used.fetch_add(more, Ordering::Relaxed).saturating_add(more);
        if used > self.limit { Err(()) } else { Ok(()) }
    }
}
