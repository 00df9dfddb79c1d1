//! The link to the server: how this process connects, and why its last attempt failed.

use std::convert::Infallible;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgConnection, PgPool};
use tokio::sync::watch;
use tokio::time::timeout;

use super::cause::{NoConnection, describe, is_refusal, no_connection};
use super::error::DbError;
use super::probe::{Probe, probe};
use super::session::{User, set_up};
use super::url::Address;

/// How long an attempt to connect may take that is made to learn the cause.
const EXPLAIN_TIMEOUT: Duration = Duration::from_secs(3);

/// The search for a pooler, as a new session finds it.
enum Search<'a> {
    Over(Probe),
    /// The session searches. No other is set up until then: a pooler would open more sessions for them, which hide
    /// that it shares them.
    Ours(tokio::sync::MutexGuard<'a, Option<(Instant, Probe)>>),
}

/// How this process connects. The pool, the notifier and the checks of readiness share it.
#[derive(Debug)]
pub(crate) struct Link {
    address: Address,
    user: User,
    /// Why the last attempt failed, if it did.
    failure: Mutex<Option<NoConnection>>,
    /// Why the last session that was refused was.
    refusal: watch::Sender<Option<NoConnection>>,
    /// Connections that were opened before are not used any more.
    renounced: watch::Sender<Option<Instant>>,
    /// When the last search for a pooler ended, and what it found.
    probe: tokio::sync::Mutex<Option<(Instant, Probe)>>,
    explaining: tokio::sync::Mutex<()>,
}

impl Link {
    pub(super) fn new(address: Address, user: User) -> Self {
        Self {
            address,
            user,
            failure: Mutex::default(),
            refusal: watch::Sender::new(None),
            renounced: watch::Sender::new(None),
            probe: tokio::sync::Mutex::default(),
            explaining: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) fn options(&self) -> &PgConnectOptions {
        &self.address.options
    }

    /// Opens a connection outside of the pool.
    pub(crate) async fn connect(&self) -> Result<PgConnection, DbError> {
        let mut connection = self.options().connect().await.inspect_err(|error| drop(self.failed(error)))?;
        self.set_up(&mut connection).await?;
        Ok(connection)
    }

    /// Returns a pool of one connection, for a listener.
    pub(crate) fn pool_of_one(self: &Arc<Self>) -> PgPool {
        let link = Arc::clone(self);
        let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let pool = pool.after_connect(move |connection, _| {
            let link = Arc::clone(&link);
            Box::pin(async move { link.set_up(connection).await })
        });
        pool.connect_lazy_with(self.options().clone())
    }

    /// Sets up the session of a new connection. A service's session is refused if it cannot write, or is not kept.
    pub(crate) async fn set_up(&self, connection: &mut PgConnection) -> Result<(), DbError> {
        let checked = self.check(connection).await;
        match &checked {
            Ok(()) => *self.failure() = None,
            Err(error) => {
                let cause = self.failed(error);
                if is_refusal(error) {
                    self.refusal.send_replace(Some(cause));
                }
            }
        }
        checked
    }

    async fn check(&self, connection: &mut PgConnection) -> Result<(), DbError> {
        if self.user != User::Service {
            set_up(connection, self.user, &self.address.settings).await?;
            return Ok(());
        }
        let search = self.search().await;
        let session = set_up(connection, self.user, &self.address.settings).await?;
        if session.in_recovery {
            return Err(NoConnection::Standby.into());
        }
        if session.read_only {
            return Err(NoConnection::ReadOnly.into());
        }
        let found = match search {
            Search::Over(found) => found,
            Search::Ours(mut last) => {
                let found = probe(self.options(), connection, session.backend).await?;
                *last = Some((Instant::now(), found));
                found
            }
        };
        match found {
            Probe::NoPooler | Probe::Unknown => Ok(()),
            Probe::Pooler => Err(NoConnection::TransactionPooler.into()),
        }
    }

    /// Waits for a search under way, which holds for this session, too.
    async fn search(&self) -> Search<'_> {
        let arrived = Instant::now();
        let last = self.probe.lock().await;
        match *last {
            Some((_, found @ Probe::NoPooler)) => Search::Over(found),
            Some((ended, found)) if ended > arrived => Search::Over(found),
            Some(_) | None => Search::Ours(last),
        }
    }

    /// Leaves the server, which accepts no writes any more: every connection is replaced.
    pub(super) fn renounce(&self, cause: &DbError) {
        let _cause = self.failed(cause);
        self.renounced.send_replace(Some(Instant::now()));
    }

    /// Whether a connection of this age leads to a server that was left.
    pub(super) fn is_renounced(&self, age: Duration) -> bool {
        let opened = Instant::now().checked_sub(age);
        self.renounced.borrow().is_some_and(|renounced| opened.is_none_or(|opened| opened <= renounced))
    }

    /// Changes when the server is left.
    pub(crate) fn renouncements(&self) -> watch::Receiver<Option<Instant>> {
        self.renounced.subscribe()
    }

    /// Changes when a session is refused.
    pub(super) fn refusal(&self) -> watch::Receiver<Option<NoConnection>> {
        self.refusal.subscribe()
    }

    /// Learns why there is no connection, by opening one. One task does so at a time.
    pub(super) async fn explain(&self) -> Infallible {
        if let Ok(_alone) = self.explaining.try_lock() {
            match timeout(EXPLAIN_TIMEOUT, self.connect()).await {
                Ok(_recorded) => (),
                Err(_elapsed) => *self.failure() = Some(NoConnection::Silent),
            }
        }
        pending().await
    }

    /// Returns why the last attempt failed, if it did.
    pub(super) fn last_failure(&self) -> Option<NoConnection> {
        self.failure().clone()
    }

    /// Remembers why an attempt failed, and returns it.
    fn failed(&self, error: &DbError) -> NoConnection {
        let cause = no_connection(error).cloned().unwrap_or_else(|| NoConnection::Cause(describe(error)));
        *self.failure() = Some(cause.clone());
        cause
    }

    fn failure(&self) -> MutexGuard<'_, Option<NoConnection>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
