//! The database itself: connecting, migrating, and keeping partitions ahead of time.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgPoolOptions;
use sqlx::postgres::types::PgInterval;
use tokio::time::timeout;

use crate::{Db, DbError};

/// Every migration, embedded.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// How long a statement waits for a connection before the database counts as away.
const ACQUIRE: Duration = Duration::from_secs(5);

/// How long a statement may take for who cannot wait longer.
const STATEMENT: &str = "10s";

/// How long its answer may take to arrive: a little longer, so that the server's word, if
/// there is any, comes first.
const ANSWER: Duration = Duration::from_secs(12);

/// How long the answer to a statement of an operator may take.
const LONG_ANSWER: Duration = Duration::from_mins(30);

/// How long a connection may have been idle and is still used untried.
const IDLE: Duration = Duration::from_secs(1);

/// How long a connection that is tried may take.
const TRY: Duration = Duration::from_secs(2);

/// How long the rows of jobs are kept, and what happened to them.
const HISTORY: Duration = Duration::from_hours(30 * 24);

/// Where the database is. It may hold a password, so it is never printed.
#[derive(Clone)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The URL itself, for connecting.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for DatabaseUrl {
    type Err = Infallible;

    fn from_str(raw: &str) -> Result<Self, Infallible> {
        Ok(Self(raw.to_owned()))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

/// Opens a pool. A direct or session-pooled connection is required.
pub async fn connect(url: &str, connections: u32) -> Result<Db, DbError> {
    Ok(Db::new(options(connections).connect(url).await?, LONG_ANSWER))
}

/// Opens a pool that connects when it is first used and lets no statement hang, for who
/// serves, and must live without a database.
///
/// Its statements are small and find what they need by an index, always. A plan that was
/// made while the queue was empty would read all of it, and be kept while it fills: 10,000
/// jobs later a claim took 10 ms, and 100,000 later 150. So plans that read all of a table
/// are priced out, and none is compiled (which a limit that cannot be estimated provokes).
/// The server ends within a second what a connection that we closed has begun, a wait for a
/// lock included, and notices within 15 that our host is gone.
pub fn connect_lazily(url: &str, connections: u32) -> Result<Db, DbError> {
    let bounded = options(connections).after_connect(|connection, _| {
        // Not parameters of the connection: poolers refuse those.
        let settings = sqlx::query!(
            r#"
            select
                set_config('statement_timeout', $1, false) as "statement_timeout",
                set_config('enable_seqscan', 'off', false) as "enable_seqscan",
                set_config('jit', 'off', false) as "jit",
                set_config('client_connection_check_interval', '1s', false) as "check_interval",
                set_config('tcp_user_timeout', '15s', false) as "user_timeout",
                set_config('tcp_keepalives_idle', '5', false) as "keepalives_idle",
                set_config('tcp_keepalives_interval', '5', false) as "keepalives_interval",
                set_config('tcp_keepalives_count', '2', false) as "keepalives_count"
            "#,
            STATEMENT
        );
        Box::pin(async move { settings.fetch_one(connection).await.map(drop) })
    });
    Ok(Db::new(bounded.connect_lazy(url)?, ANSWER))
}

fn options(connections: u32) -> PgPoolOptions {
    let options = PgPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE);
    options.test_before_acquire(false).before_acquire(|connection, about| {
        Box::pin(async move {
            let tried = about.idle_for <= IDLE || matches!(timeout(TRY, connection.ping()).await, Ok(Ok(())));
            Ok(tried)
        })
    })
}

/// Brings the schema up to date, and partitions up to today.
pub async fn migrate(db: &Db) -> Result<(), MigrateError> {
    MIGRATOR.run(db.pool()).await?;
    #[cfg(feature = "mutant-refund")]
    crate::mutant::refunds(db).await?;
    stand_partitions(db).await?;
    Ok(())
}

/// Stands the partitions of today and the next two days; does nothing where they stand.
pub async fn stand_partitions(db: &Db) -> Result<(), DbError> {
    sqlx::query!(r#"select stand_job_partitions()::text as "stood""#).fetch_one(db).await.map(drop)
}

/// Drops the days whose jobs ended so long ago that their rows are kept no longer, with what
/// was counted and told of them: of each a bounded number at a time, and answers of how many
/// rows. Does nothing, until the next time, where someone is reading.
pub async fn drop_history(db: &Db) -> Result<u64, DbError> {
    sqlx::query!(r#"select drop_job_partitions($1)::text as "dropped""#, interval(HISTORY)).fetch_one(db).await?;
    let jobs = sqlx::query!(
        "delete from job_default
         where id = any(array(
             select id from job_default where id < uuid_at(now() - $1::interval) and state is not null limit 5000
         ))",
        interval(HISTORY),
    );
    let events = sqlx::query!(
        "delete from event
         where id = any(array(select id from event where at < now() - $1::interval order by at limit 5000))",
        interval(HISTORY),
    );
    let minutes = sqlx::query!(
        "delete from stat_minute
         where minute = any(array(select minute from stat_minute where minute < now() - $1::interval limit 5000))",
        interval(HISTORY),
    );
    let gone = [jobs.execute(db).await?, events.execute(db).await?, minutes.execute(db).await?];
    Ok(gone.iter().map(sqlx::postgres::PgQueryResult::rows_affected).sum())
}

/// A duration as Postgres takes it.
pub(crate) fn interval(duration: Duration) -> PgInterval {
    PgInterval { months: 0, days: 0, microseconds: i64::try_from(duration.as_micros()).unwrap_or(i64::MAX) }
}

/// Whether an error means that the database may answer when it is asked again, rather than
/// that it was asked wrongly: it could not be reached, or said so by its SQLSTATE: connection
/// (08), rollback of a deadlock or the like (40), resources (53), operator intervention (57),
/// or no such database.
pub fn is_away(error: &DbError) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(error, DbError::PoolTimedOut | DbError::PoolClosed | DbError::Io(_) | DbError::Tls(_))
        || code.is_some_and(|code| ["08", "40", "53", "57", "3D000"].iter().any(|class| code.starts_with(class)))
}

/// Answers whether the database is there and has our schema.
pub async fn ready(db: &Db) -> Result<bool, DbError> {
    sqlx::query_scalar!(r#"select to_regclass('setting') is not null as "ready!""#).fetch_one(db).await
}
