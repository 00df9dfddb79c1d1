//! The link to the server: how this process connects, and why its last attempt failed.

use std::convert::Infallible;
use std::future::pending;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgConnection, PgPool};
use tokio::sync::watch;
use tokio::time::timeout;

use super::cause::{NoConnection, describe, is_refusal, no_connection};
use super::error::DbError;
use super::session::{self, User, backend, set_up};
use super::url::Address;

/// How long an attempt to connect may take that is made to learn the cause.
const EXPLAIN_TIMEOUT: Duration = Duration::from_secs(3);

/// How long the search for a pooler may take.
const POOLER_TIMEOUT: Duration = Duration::from_millis(500);

/// What a search for a pooler found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probe {
    /// Sessions are kept: no pooler shares them.
    NoPooler,
    /// The server did not open a second connection in time: search again with the next one.
    Unknown,
}

/// How this process connects. The pool, the notifier and the checks of readiness share it.
#[derive(Debug)]
pub(crate) struct Link {
    address: Address,
    user: User,
    /// Why the last attempt failed, if it did.
    failure: Mutex<Option<NoConnection>>,
    /// Counts the sessions that were refused.
    refusals: watch::Sender<u64>,
    /// Connections that were opened before are not used any more.
    renounced: watch::Sender<Option<Instant>>,
    /// Whether sessions are known to be kept by what is between this process and the server.
    is_session_kept: AtomicBool,
    checking: tokio::sync::Mutex<()>,
    explaining: tokio::sync::Mutex<()>,
}

impl Link {
    pub(super) fn new(address: Address, user: User) -> Self {
        Self {
            address,
            user,
            failure: Mutex::default(),
            refusals: watch::Sender::new(0),
            renounced: watch::Sender::new(None),
            is_session_kept: AtomicBool::new(false),
            checking: tokio::sync::Mutex::default(),
            explaining: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) fn options(&self) -> &PgConnectOptions {
        &self.address.options
    }

    /// Opens a connection outside of the pool.
    pub(crate) async fn connect(&self) -> Result<PgConnection, DbError> {
        let mut connection = self.options().connect().await.inspect_err(|error| self.failed(error))?;
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
                self.failed(error);
                if is_refusal(error) {
                    self.refusals.send_modify(|refusals| *refusals += 1);
                }
            }
        }
        checked
    }

    async fn check(&self, connection: &mut PgConnection) -> Result<(), DbError> {
        let session = set_up(connection, self.user, &self.address.settings).await?;
        if self.user != User::Service {
            return Ok(());
        }
        if session.in_recovery {
            return Err(NoConnection::Standby.into());
        }
        if session.read_only {
            return Err(NoConnection::ReadOnly.into());
        }
        // One connection is probed at a time, and the others do not wait for it.
        if !self.is_session_kept.load(Ordering::Relaxed)
            && let Ok(_alone) = self.checking.try_lock()
            && self.check_session(connection, session.backend).await? == Probe::NoPooler
        {
            self.is_session_kept.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Fails if this session is given another process of the server while someone else has a transaction.
    pub(super) async fn check_session(&self, connection: &mut PgConnection, before: i32) -> Result<Probe, DbError> {
        let occupied = timeout(POOLER_TIMEOUT, async {
            let mut other = self.options().connect().await.ok()?;
            sqlx::raw_sql("begin").execute(&mut other).await.ok()?;
            Some(other)
        });
        let Ok(Some(_other)) = occupied.await else { return Ok(Probe::Unknown) };
        match timeout(EXPLAIN_TIMEOUT, backend(connection)).await {
            Ok(Ok(after)) if after == before => Ok(Probe::NoPooler),
            Ok(Err(error)) if !session::is_lost(&error) => Err(error),
            Ok(Ok(_) | Err(_)) => Err(NoConnection::TransactionPooler.into()),
            // A busy server: not a reason to refuse it. This session still waits for a response, so it is closed.
            Err(_elapsed) => Err(DbError::Io(ErrorKind::TimedOut.into())),
        }
    }

    /// Leaves the server, which accepts no writes any more: every connection is replaced.
    pub(super) fn renounce(&self, cause: &DbError) {
        self.failed(cause);
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
    pub(super) fn refusals(&self) -> watch::Receiver<u64> {
        self.refusals.subscribe()
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

    fn failed(&self, error: &DbError) {
        let cause = no_connection(error).cloned();
        *self.failure() = Some(cause.unwrap_or_else(|| NoConnection::Cause(describe(error))));
    }

    fn failure(&self) -> MutexGuard<'_, Option<NoConnection>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
