//! Running statements: each on a connection of its own, and within the time that it may take.

use std::io;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{TryFutureExt, TryStreamExt};
use sqlx::postgres::{PgQueryResult, PgRow, PgStatement, PgTypeInfo};
use sqlx::{Either, Execute, Executor, Postgres, SqlStr};
use tokio::time::timeout;

use super::error::DbError;
use crate::Db;

async fn within<T>(limit: Duration, statement: impl Future<Output = T>) -> Result<T, DbError> {
    timeout(limit, statement).await.map_err(|_elapsed| {
        io::Error::new(io::ErrorKind::TimedOut, "the database did not answer a statement in time").into()
    })
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
            db.release(checkout, &rows);
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
            db.release(checkout, &row);
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
