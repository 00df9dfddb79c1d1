//! The database: a pool in which no statement hangs, and what verbs announce and count.
//!
//! Neither the driver nor the pool gives up on a half-open connection. So every statement has a timeout on this
//! side of the wire, and a connection whose statement timed out is closed instead of returned to the pool. So is one
//! whose error says that it is of no further use, and all once the server accepts no writes: the primary is elsewhere.
//!
//! [`Db`] carries the [`Notifier`] and the [`Counters`] of this process: a verb that changes
//! rows notifies and counts, so that its callers cannot forget to.

mod capacity;
mod cause;
mod checkout;
mod error;
mod executor;
mod invalid_url;
mod link;
mod meaning;
mod migrate;
mod migrate_error;
mod parameter;
mod partitions;
mod permits;
mod pool;
mod preflight;
mod privileges;
mod probe;
mod readiness;
mod schema;
mod session;
mod standby;
mod url;

pub use capacity::{API_CONNECTIONS, Capacity, OTHER_CONNECTIONS, Shortage, WORKER_CONNECTIONS, capacity, shortage};
pub use cause::describe;
pub use error::{DbError, sqlstate};
pub use invalid_url::InvalidUrl;
pub use meaning::{Meaning, is_away};
pub use migrate::migrate;
pub use migrate_error::{Blocker, MigrateError};
pub use partitions::{create_partitions, drop_history};
pub use pool::{connect, connect_beside, connect_lazily, connect_to_read};
pub use privileges::{MissingPrivilege, denied, missing_privileges};
pub use readiness::{NotReady, readiness, readiness_within};
pub use schema::{MIGRATOR, SchemaState, schema_state};
pub use standby::is_standby;
pub use url::DatabaseUrl;

pub(crate) use cause::{is_no_connection, repeat};
pub(crate) use error::{constraint, is_out_of_range};
pub(crate) use link::Link;
pub(crate) use meaning::was_rolled_back;
pub(crate) use partitions::HISTORY;
pub(crate) use permits::Permit;

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics::{describe_gauge, describe_histogram, gauge, histogram};
use sqlx::PgPool;
use sqlx::postgres::types::PgInterval;
use tokio::time::{sleep, timeout};

use crate::completion::{Completions, completions};
use crate::counters::Counters;
use crate::notify::Notifier;
use cause::{NoConnection, is_read_only};
use checkout::{Checkout, IdleConnection};
use permits::Permits;

const ACQUIRE: &str = "tintype_pool_acquire_seconds";
const CONNECTIONS: &str = "tintype_pool_connections";
const MAX_CONNECTIONS: &str = "tintype_pool_max_connections";

/// Describes the metrics of the connection pool.
pub(crate) fn describe_metrics() {
    describe_histogram!(ACQUIRE, "Seconds that a statement waited for a connection to the database.");
    describe_gauge!(CONNECTIONS, "Connections of the pool, by state.");
    describe_gauge!(MAX_CONNECTIONS, "The largest number of connections that the pool opens.");
    let _registered = histogram!(ACQUIRE);
}

/// The database. Cheap to clone: clones share the pool, the notifier and the counters.
#[derive(Debug, Clone)]
pub struct Db {
    pool: PgPool,
    link: Arc<Link>,
    statement_timeout: Duration,
    permits: Permits,
    urgent: bool,
    /// The only connection of the console. It is not returned to the pool, which would ask the server once more.
    kept: Option<IdleConnection>,
    notifier: Notifier,
    counters: Arc<Counters>,
    completions: Completions,
}

/// After this long without a connection, it is asked why.
const EXPLAIN_AFTER: Duration = Duration::from_millis(500);

/// How long a server that accepts no writes is waited for to do so, or for another one in its place.
const REFUSED_FOR: Duration = Duration::from_millis(500);

impl Db {
    fn new(pool: PgPool, link: Arc<Link>, statement_timeout: Duration) -> Self {
        let (notifier, counters, completions) = (Notifier::default(), Arc::default(), completions());
        let permits = Permits::new(pool.options().get_max_connections());
        Self { pool, link, statement_timeout, permits, urgent: false, kept: None, notifier, counters, completions }
    }

    /// The same database, which keeps its connection. Statements run one after the other.
    fn with_kept_connection(self) -> Self {
        Self { kept: Some(Arc::default()), ..self }
    }

    /// The pool itself: for migrations and tests, which run more than one statement.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The notifications of this process. Nothing is sent or received until
    /// [`run_notifier`](Self::run_notifier) runs.
    pub fn notifier(&self) -> &Notifier {
        &self.notifier
    }

    /// What verbs counted since the last [`flush`](crate::counters::flush).
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The renders that wait to be stored together.
    pub(crate) fn completions(&self) -> &Completions {
        &self.completions
    }

    /// The same database, for statements that must not wait behind others: one connection of the
    /// pool is kept for them.
    #[must_use]
    pub fn urgent(&self) -> Self {
        Self { urgent: true, ..self.clone() }
    }

    /// Waits until a statement may send or receive a value of this size. Hold the permit while the
    /// statement runs.
    pub(crate) async fn permit_for(&self, bytes: usize) -> Result<Permit, DbError> {
        self.in_time(self.permits.large(bytes)).await
    }

    /// Sets the gauges of the pool.
    pub fn record_pool(&self) {
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
        gauge!(CONNECTIONS, "state" => "idle").set(idle);
        gauge!(CONNECTIONS, "state" => "used").set(self.pool.size().saturating_sub(idle));
        gauge!(MAX_CONNECTIONS).set(self.pool.options().get_max_connections());
    }

    /// Sends and receives notifications, forever, on a connection outside the pool.
    pub async fn run_notifier(&self) {
        Box::pin(self.notifier.run(&self.link)).await;
    }

    /// Closes every connection.
    pub async fn close(&self) {
        if let Some(kept) = &self.kept {
            drop(kept.lock().await.take());
        }
        self.pool.close().await;
    }

    /// Returns a connection, or why there is none: at once if the server accepts no writes. Waiting
    /// for a permit counts as waiting for a connection.
    async fn acquire(&self) -> Result<Checkout, DbError> {
        let mut refusal = self.link.refusal();
        let refused = async {
            // The link lives as long as this process's pool.
            let _refused = refusal.changed().await;
            sleep(REFUSED_FOR).await;
            refusal.borrow().clone()
        };
        let started = Instant::now();
        let acquired = tokio::select! {
            biased;
            acquired = self.in_time(self.acquire_or_explain()) => acquired,
            cause = refused => Err(cause.map_or_else(|| self.no_connection(), DbError::from)),
        };
        histogram!(ACQUIRE).record(started.elapsed());
        acquired
    }

    async fn acquire_or_explain(&self) -> Result<Checkout, DbError> {
        let mut slot = match &self.kept {
            Some(kept) => Some(Arc::clone(kept).lock_owned().await),
            None => None,
        };
        if let Some(connection) = slot.as_mut().and_then(|slot| slot.take()) {
            return Ok(Checkout { connection: Some(connection), slot, _permit: Permit::UNLIMITED });
        }
        let permit = if self.urgent { Permit::UNLIMITED } else { self.permits.ordinary().await? };
        let mut acquire = pin!(self.pool.acquire());
        let acquired = match timeout(EXPLAIN_AFTER, &mut acquire).await {
            Ok(acquired) => acquired,
            Err(_elapsed) => tokio::select! {
                biased;
                acquired = acquire => acquired,
                never = Box::pin(self.link.explain()) => match never {},
            },
        };
        match acquired {
            Ok(connection) => Ok(Checkout { connection: Some(connection), slot, _permit: permit }),
            Err(DbError::PoolTimedOut) => Err(self.no_connection()),
            Err(error) => Err(cause::never_sent(error)),
        }
    }

    /// Waits for as long as a statement may wait for a connection.
    async fn in_time<T>(&self, wait: impl Future<Output = Result<T, DbError>>) -> Result<T, DbError> {
        let waited = timeout(self.pool.options().get_acquire_timeout(), wait).await;
        waited.unwrap_or_else(|_elapsed| Err(self.no_connection()))
    }

    fn no_connection(&self) -> DbError {
        let busy = || NoConnection::Busy(self.pool.options().get_max_connections());
        self.link.last_failure().unwrap_or_else(busy).into()
    }

    /// Returns a connection to the pool, unless this result of its statement says to close it.
    fn release<T>(&self, checkout: Checkout, result: &Result<T, DbError>) {
        match result {
            Err(error) if Meaning::of(error) == Meaning::AwayAndClose => {
                if is_read_only(error) {
                    self.link.renounce(error);
                }
                drop(checkout);
            }
            _ => checkout.return_to_pool(),
        }
    }
}

/// A duration as a Postgres `interval`.
pub(crate) fn interval(duration: Duration) -> PgInterval {
    PgInterval { months: 0, days: 0, microseconds: i64::try_from(duration.as_micros()).unwrap_or(i64::MAX) }
}
