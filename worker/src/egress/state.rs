//! The bookkeeping of one session: resolved names, connection status, budgets, denials.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::job::Blocked;
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};
use url::Host;

use super::budget::{Budget, ByteBudget, Limits};
use super::dial::{DialError, Dialer, ResolvedHost};
use super::status::{ConnectError, ConnectStatus};
use super::target::Target;

/// How many targets have their status recorded: more than a session may try to connect to,
/// and a bound on the memory that denied attempts take.
const MAX_STATUSES: usize = 2_000;

/// What all connections of a session share.
pub(super) struct SessionState {
    pub(super) limits: Limits,
    pub(super) dialer: Arc<Dialer>,
    active: Arc<Semaphore>,
    pub(super) received: ByteBudget,
    pub(super) sent: ByteBudget,
    records: Mutex<Records>,
}

/// The right to have a tunnel open, or a request in progress. Dropping it lets the next one
/// proceed.
pub(super) struct ActivePermit {
    _permit: OwnedSemaphorePermit,
}

/// The addresses of a host, resolved once per session.
pub(super) type PinnedHost = Arc<OnceCell<Result<ResolvedHost, DialError>>>;

#[derive(Default)]
struct Records {
    hosts: HashMap<Host, PinnedHost>,
    statuses: HashMap<Target, ConnectStatus>,
    /// Targets with at least one successful connection; bounded by the number of attempts.
    connected: HashSet<Target>,
    report: EgressReport,
}

/// What a session has used, and what was denied to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct EgressReport {
    /// Blocked connections by class.
    pub(crate) blocked: Blocked,
    /// Attempts to connect, including denied ones.
    pub(crate) attempts: u64,
    /// How long resolving the first host took.
    pub(crate) resolve_duration: Option<Duration>,
    /// How long the first TCP connection took.
    pub(crate) connect_duration: Option<Duration>,
    pub(crate) bytes_received: u64,
    pub(crate) bytes_sent: u64,
}

impl SessionState {
    pub(super) fn new(dialer: Arc<Dialer>, limits: Limits) -> Self {
        let active = Arc::new(Semaphore::new(limits.max_active));
        let (received, sent) = (ByteBudget::new(limits.max_received), ByteBudget::new(limits.max_sent));
        Self { limits, dialer, active, received, sent, records: Mutex::default() }
    }

    /// Counts an attempt to connect. Fails if a budget is exhausted.
    pub(super) fn start_attempt(&self, target: &Target) -> Result<(), Budget> {
        let mut records = self.records();
        if records.report.attempts >= self.limits.max_attempts {
            return Err(Budget::Attempts);
        }
        if self.received.is_exhausted() {
            return Err(Budget::Received);
        }
        if self.sent.is_exhausted() {
            return Err(Budget::Sent);
        }
        records.report.attempts += 1;
        records.set_status(target, ConnectStatus::Connecting);
        Ok(())
    }

    /// Waits until fewer tunnels and requests than the limit are in progress. The end of the
    /// session cancels the wait, because it ends the connection that waits.
    pub(super) async fn acquire(&self) -> Result<ActivePermit, ConnectError> {
        let permit = Arc::clone(&self.active).acquire_owned().await.map_err(|_closed| DialError::Unreachable)?;
        Ok(ActivePermit { _permit: permit })
    }

    /// Returns the entry that holds a host's addresses once they are resolved.
    pub(super) fn pinned_host(&self, host: &Host) -> Result<PinnedHost, ConnectError> {
        let mut records = self.records();
        if !records.hosts.contains_key(host) && records.hosts.len() >= self.limits.max_hosts {
            return Err(ConnectError::OverBudget(Budget::Hosts));
        }
        Ok(Arc::clone(records.hosts.entry(host.clone()).or_default()))
    }

    pub(super) fn record_connected(&self, target: &Target) {
        self.records().set_status(target, ConnectStatus::Connected);
    }

    pub(super) fn record_error(&self, target: &Target, error: ConnectError) {
        let mut records = self.records();
        if let Some(class) = error.blocked_class() {
            records.report.blocked.add(class, 1);
        }
        records.set_status(target, error.into());
    }

    /// Records how long resolving took, if it is the session's first.
    pub(super) fn record_resolve_duration(&self, duration: Duration) {
        self.records().report.resolve_duration.get_or_insert(duration);
    }

    /// Records how long connecting took, if it is the session's first.
    pub(super) fn record_connect_duration(&self, duration: Duration) {
        self.records().report.connect_duration.get_or_insert(duration);
    }

    pub(super) fn status(&self, target: &Target) -> Option<ConnectStatus> {
        self.records().statuses.get(target).copied()
    }

    pub(super) fn has_connected(&self, target: &Target) -> bool {
        self.records().connected.contains(target)
    }

    pub(super) fn report(&self) -> EgressReport {
        let report = self.records().report.clone();
        EgressReport { bytes_received: self.received.used(), bytes_sent: self.sent.used(), ..report }
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Records {
    fn set_status(&mut self, target: &Target, status: ConnectStatus) {
        if status == ConnectStatus::Connected {
            self.connected.insert(target.clone());
        }
        if self.statuses.len() < MAX_STATUSES || self.statuses.contains_key(target) {
            self.statuses.insert(target.clone(), status);
        }
    }
}
