//! The database: a pool in which no statement hangs, and what verbs announce and count.
//!
//! Neither the driver nor the pool gives up on a half-open connection. So every statement
//! has a timeout on this side of the wire, and a connection whose statement timed out is
//! closed instead of returned to the pool.
//!
//! [`Db`] carries the [`Notifier`] and the [`Counters`] of this process: a verb that changes
//! rows notifies and counts, so that its callers cannot forget to.

mod migrate;
mod partitions;
mod pool;

pub use migrate::{MIGRATOR, has_schema, migrate};
pub use partitions::{create_partitions, drop_history};
pub use pool::{DatabaseUrl, connect, connect_lazily, is_away};

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{TryFutureExt, TryStreamExt};
use sqlx::pool::PoolConnection;
use sqlx::postgres::types::PgInterval;
use sqlx::postgres::{PgConnection, PgQueryResult, PgRow, PgStatement, PgTypeInfo};
use sqlx::{Either, Execute, Executor, PgPool, Postgres, SqlStr};
use tokio::time::timeout;

use crate::counters::Counters;
use crate::notify::Notifier;

/// Errors are the driver's own.
pub type DbError = sqlx::Error;

/// The database. Cheap to clone: clones share the pool, the notifier and the counters.
#[derive(Debug, Clone)]
pub struct Db {
    pool: PgPool,
    statement_timeout: Duration,
    notifier: Notifier,
    counters: Arc<Counters>,
}

impl Db {
    fn new(pool: PgPool, statement_timeout: Duration) -> Self {
        let (notifier, counters) = (Notifier::default(), Arc::default());
        Self { pool, statement_timeout, notifier, counters }
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

    /// What verbs have counted since the last [`flush`](crate::counters::flush).
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Sends and receives notifications, forever, on two connections outside the pool.
    pub async fn run_notifier(&self) {
        self.notifier.run(&self.pool.connect_options()).await;
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn acquire(&self) -> Result<Checkout, DbError> {
        self.pool.acquire().await.map(|connection| Checkout(Some(connection)))
    }
}

/// The SQLSTATE of an error that the server reported.
pub fn sqlstate(error: &DbError) -> Option<Cow<'_, str>> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code)
}

/// The name of the constraint that a statement violated.
pub(crate) fn constraint(error: &DbError) -> Option<&str> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::constraint)
}

/// A duration as a Postgres `interval`.
pub(crate) fn interval(duration: Duration) -> PgInterval {
    PgInterval { months: 0, days: 0, microseconds: i64::try_from(duration.as_micros()).unwrap_or(i64::MAX) }
}

/// A connection that is closed unless it is returned to the pool.
struct Checkout(Option<PoolConnection<Postgres>>);

async fn within<T>(limit: Duration, statement: impl Future<Output = T>) -> Result<T, DbError> {
    timeout(limit, statement).await.map_err(|_elapsed| {
        io::Error::new(io::ErrorKind::TimedOut, "the database did not answer a statement in time").into()
    })
}

impl Checkout {
    fn connection(&mut self) -> Result<&mut PgConnection, DbError> {
        self.0.as_deref_mut().ok_or(DbError::PoolClosed)
    }

    fn return_to_pool(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}

impl<'p> Executor<'p> for &'_ Db {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, DbError>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let db = self.clone();
        let rows = async move {
            let mut checkout = db.acquire().await?;
            let statement = checkout.connection()?.fetch_many(query).try_collect::<Vec<_>>();
            let rows = within(db.statement_timeout, statement).await?;
            checkout.return_to_pool();
            rows.map(|rows| stream::iter(rows.into_iter().map(Ok)))
        };
        Box::pin(rows.try_flatten_stream())
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, DbError>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let db = self.clone();
        Box::pin(async move {
            let mut checkout = db.acquire().await?;
            let row = within(db.statement_timeout, checkout.connection()?.fetch_optional(query)).await?;
            checkout.return_to_pool();
            row
        })
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> BoxFuture<'e, Result<PgStatement, DbError>>
    where
        'p: 'e,
    {
        self.pool.prepare_with(sql, parameters)
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<sqlx::Describe<Postgres>, DbError>>
    where
        'p: 'e,
    {
        self.pool.describe(sql)
    }
}
