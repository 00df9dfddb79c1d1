//! The way to the database: a pool in which no statement hangs.
//!
//! A connection that is half open never answers, and neither the driver nor the pool gives
//! up on it. So every statement has a limit of its own, on this side of the wire, and a
//! connection whose statement was given up is closed instead of returned: nobody waits for
//! it, and nobody reads what it had left to say.

use std::io;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{TryFutureExt, TryStreamExt};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgQueryResult, PgRow, PgStatement, PgTypeInfo};
use sqlx::{Either, Execute, Executor, PgPool, Postgres, SqlStr};
use tokio::time::timeout;

/// Errors are the driver's own.
pub type DbError = sqlx::Error;

/// The name of the constraint that a statement ran into.
pub(crate) fn constraint(error: &DbError) -> Option<&str> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::constraint)
}

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    pool: PgPool,
    patience: Duration,
}

impl Db {
    pub(crate) fn new(pool: PgPool, patience: Duration) -> Self {
        Self { pool, patience }
    }

    /// The pool itself, for what is not one statement: migrations, and what tests look at.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn hold(&self) -> Result<Held, DbError> {
        self.pool.acquire().await.map(|connection| Held(Some(connection)))
    }
}

/// A connection that is closed unless it is given back.
struct Held(Option<PoolConnection<Postgres>>);

/// Waits so long for an answer, and no longer.
async fn within<T>(patience: Duration, answer: impl Future<Output = T>) -> Result<T, DbError> {
    timeout(patience, answer).await.map_err(|_late| {
        io::Error::new(io::ErrorKind::TimedOut, "the database did not answer a statement in time").into()
    })
}

impl Held {
    fn connection(&mut self) -> Result<&mut PgConnection, DbError> {
        self.0.as_deref_mut().ok_or(DbError::PoolClosed)
    }

    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Held {
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
        let answered = async move {
            let mut held = db.hold().await?;
            let rows = within(db.patience, held.connection()?.fetch_many(query).try_collect::<Vec<_>>()).await?;
            held.give_back();
            rows.map(|rows| stream::iter(rows.into_iter().map(Ok)))
        };
        Box::pin(answered.try_flatten_stream())
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, DbError>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let db = self.clone();
        Box::pin(async move {
            let mut held = db.hold().await?;
            let row = within(db.patience, held.connection()?.fetch_optional(query)).await?;
            held.give_back();
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
