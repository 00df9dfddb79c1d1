//! The database itself: connecting, migrating, and keeping partitions ahead of time.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgPoolOptions;

use crate::{Db, DbError};

/// Every migration, embedded.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// How long a statement waits for a connection before the database counts as away.
const ACQUIRE: Duration = Duration::from_secs(5);

/// How long a statement may take for who cannot wait longer.
const STATEMENT: &str = "10s";

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
    options(connections).connect(url).await
}

/// Opens a pool that connects when it is first used and lets no statement hang, for who
/// must live without a database.
pub fn connect_lazily(url: &str, connections: u32) -> Result<Db, DbError> {
    let bounded = options(connections).after_connect(|connection, _| {
        // Not a parameter of the connection: poolers refuse those.
        let bound = sqlx::query_scalar!("select set_config('statement_timeout', $1, false)", STATEMENT);
        Box::pin(async move { bound.fetch_one(connection).await.map(drop) })
    });
    bounded.connect_lazy(url)
}

fn options(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE)
}

/// Brings the schema up to date, and partitions up to today.
pub async fn migrate(db: &Db) -> Result<(), MigrateError> {
    MIGRATOR.run(db).await?;
    stand_partitions(db).await?;
    Ok(())
}

/// Stands the partitions of today and the next two days; does nothing where they stand.
pub async fn stand_partitions(db: &Db) -> Result<(), DbError> {
    sqlx::query!(r#"select stand_job_partitions()::text as "stood""#).fetch_one(db).await.map(drop)
}

/// Whether an error means that the database is away, rather than asked wrongly: it could
/// not be reached, or said so by its SQLSTATE: connection (08), resources (53), operator
/// intervention (57), or no such database.
pub fn is_away(error: &DbError) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(error, DbError::PoolTimedOut | DbError::PoolClosed | DbError::Io(_) | DbError::Tls(_))
        || code.is_some_and(|code| ["08", "53", "57", "3D000"].iter().any(|class| code.starts_with(class)))
}

/// Answers whether the database is there and has our schema.
pub async fn ready(db: &Db) -> Result<bool, DbError> {
    sqlx::query_scalar!(r#"select to_regclass('stat_minute') is not null as "ready!""#).fetch_one(db).await
}
