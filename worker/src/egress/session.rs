//! A session: the network access of one job.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use domain::egress::Denied;
use tokio::task::JoinSet;
use url::Url;

use super::metrics;
use super::state::{EgressReport, SessionState};
use super::status::ConnectStatus;
use super::target::Target;

/// The network access of one job. Dropping it closes all connections of the job.
pub(crate) struct EgressSession {
    state: Arc<SessionState>,
    current: Weak<CurrentSession>,
}

/// The session that is open on a proxy, if any. Only one is open at a time.
#[derive(Default)]
pub(super) struct CurrentSession {
    current: Mutex<Current>,
    /// Connections accepted while no session was open.
    unattributed: AtomicU64,
}

#[derive(Default)]
struct Current {
    state: Option<Arc<SessionState>>,
    /// The connections accepted since the session was opened, or since the last one ended.
    connections: JoinSet<()>,
}

impl EgressSession {
    /// A session that belongs to no proxy.
    pub(super) fn closed(state: SessionState) -> Self {
        Self { state: Arc::new(state), current: Weak::new() }
    }

    /// Returns how the latest attempt to connect to the URL's host and port went, or `None`
    /// if there was none.
    pub(crate) fn connect_status(&self, url: &Url) -> Option<ConnectStatus> {
        self.state.status(&Target::of(url)?)
    }

    /// Whether any attempt to connect to the URL's host and port succeeded.
    pub(crate) fn has_connected(&self, url: &Url) -> bool {
        Target::of(url).is_some_and(|target| self.state.has_connected(&target))
    }

    /// Returns why the policy denies a URL, as far as it is known without resolving its host. A browser that refuses
    /// a port by itself leaves no attempt behind.
    pub(crate) fn denied(&self, url: &Url) -> Option<Denied> {
        let Target { host, port } = Target::of(url)?;
        self.state.dialer.policy.check_host(&host, port).err()
    }

    /// Returns what the session has used so far, and what was denied to it.
    pub(crate) fn report(&self) -> EgressReport {
        self.state.report()
    }
}

impl Drop for EgressSession {
    fn drop(&mut self) {
        if let Some(current) = self.current.upgrade() {
            current.close(&self.state);
        }
        metrics::record(&self.state.report());
    }
}

impl CurrentSession {
    /// Opens a session. Closes the connections of the previous one.
    pub(super) fn open(self: &Arc<Self>, state: SessionState) -> EgressSession {
        let state = Arc::new(state);
        *self.lock() = Current { state: Some(Arc::clone(&state)), connections: JoinSet::new() };
        EgressSession { state, current: Arc::downgrade(self) }
    }

    /// Serves a connection as part of the session that is open, if any. A connection beyond
    /// `max` is closed at once.
    ///
    /// A panic while serving one connection does not affect the others.
    pub(super) fn serve<F>(&self, max: usize, serve: impl FnOnce(Option<Arc<SessionState>>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut current = self.lock();
        if current.state.is_none() {
            self.unattributed.fetch_add(1, Ordering::Relaxed);
        }
        while current.connections.try_join_next().is_some() {}
        if current.connections.len() < max {
            let state = current.state.clone();
            current.connections.spawn(serve(state));
        }
    }

    pub(super) fn unattributed_connections(&self) -> u64 {
        self.unattributed.load(Ordering::Relaxed)
    }

    fn close(&self, state: &Arc<SessionState>) {
        let mut current = self.lock();
        if current.state.as_ref().is_some_and(|open| Arc::ptr_eq(open, state)) {
            *current = Current::default();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
