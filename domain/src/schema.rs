//! The database itself: connecting, migrating, and keeping partitions ahead of time.

use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgPoolOptions;

use crate::{Db, DbError};

/// Every migration, embedded.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// How long a statement waits for a connection before the database counts as away.
const ACQUIRE: Duration = Duration::from_secs(5);

/// Opens a pool. A direct or session-pooled connection is required.
pub async fn connect(url: &str, connections: u32) -> Result<Db, DbError> {
    options(connections).connect(url).await
}

/// Opens a pool that connects when it is first used, for who must live without a database.
pub fn connect_lazily(url: &str, connections: u32) -> Result<Db, DbError> {
    options(connections).connect_lazy(url)
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

/// Answers whether the database is there and speaks our schema.
pub async fn ready(db: &Db) -> Result<(), DbError> {
    sqlx::query!(r#"select to_regclass('queue')::text as "queue!""#).fetch_one(db).await.map(drop)
}
