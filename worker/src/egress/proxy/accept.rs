//! Accepting a browser's connections.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::connection;
use crate::egress::budget::Limits;
use crate::egress::dial::Dialer;
use crate::egress::session::{CurrentSession, EgressSession};
use crate::egress::state::SessionState;

/// How many connections a browser may have to its proxy: twice [`Limits::max_active`], because
/// Chromium has one pool for requests and another for web sockets. A process that opens more is
/// not Chromium as the worker started it.
const MAX_CONNECTIONS: usize = 512;

/// The pause after `accept` failed: the process is out of file descriptors, and other
/// connections will soon be closed.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(50);

/// The only way to the network for one browser. Dropping it closes all connections.
pub(crate) struct Proxy {
    dialer: Arc<Dialer>,
    limits: Limits,
    current: Arc<CurrentSession>,
    _accepting: JoinSet<()>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").finish_non_exhaustive()
    }
}

impl Proxy {
    /// Serves the browser whose connections arrive at a listener.
    ///
    /// The listener may belong to another network namespace; it is only used to accept.
    pub(crate) fn serve(listener: TcpListener, dialer: Arc<Dialer>) -> Self {
        Self::with_limits(listener, dialer, Limits::DEFAULT)
    }

    pub(in crate::egress) fn with_limits(listener: TcpListener, dialer: Arc<Dialer>, limits: Limits) -> Self {
        let current = Arc::new(CurrentSession::default());
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, Arc::clone(&current)));
        Self { dialer, limits, current, _accepting: accepting }
    }

    /// Opens a session with fresh budgets and no resolved names. Ends the previous one.
    pub(crate) fn open_session(&self) -> EgressSession {
        self.current.open(SessionState::new(Arc::clone(&self.dialer), self.limits))
    }

    /// Returns a session that is not open: a job that has no network access. Connections that arrive
    /// at the same time are unattributed.
    pub(crate) fn closed_session(&self) -> EgressSession {
        EgressSession::closed(SessionState::new(Arc::clone(&self.dialer), self.limits))
    }

    /// Returns how many connections arrived while no session was open. They come from pages
    /// whose job has ended.
    pub(crate) fn unattributed_connections(&self) -> u64 {
        self.current.unattributed_connections()
    }
}

async fn accept(listener: TcpListener, current: Arc<CurrentSession>) {
    loop {
        match listener.accept().await {
            Ok((stream, _peer)) => current.serve(MAX_CONNECTIONS, |session| connection::serve(stream, session)),
            Err(_out_of_descriptors) => sleep(ACCEPT_RETRY_DELAY).await,
        }
    }
}
