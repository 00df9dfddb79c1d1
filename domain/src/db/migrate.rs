//! Migrating: brings the schema to this version, or says by name why it cannot be.

use std::borrow::Cow;

use sqlx::PgConnection;
use sqlx::migrate::{Migrate, Migrator};

use super::migrate_error::MigrateError;
use super::partitions::create_partitions;
use super::preflight::{blocker, check};
use super::probe::{Probe, probe};
use super::schema::{MIGRATOR, SchemaState, report};
use super::session::backend;
use crate::Db;

/// How long a migration waits for a lock: behind it, every statement on that table waits.
const LOCK_TIMEOUT: &str = "10s";

/// Applies the missing migrations and creates the missing partitions. Another process that migrates
/// is waited for. A schema that is newer is left as it is.
pub async fn migrate(db: &Db) -> Result<SchemaState, MigrateError> {
    // On a connection of its own, which is closed in the end: so no lock and no setting remains.
    let mut checkout = db.acquire().await.map_err(MigrateError::Db)?;
    let connection = checkout.connection().map_err(MigrateError::Db)?;
    check(connection).await?;
    let process = backend(connection).await.map_err(MigrateError::Db)?;
    let found = probe(db.link.options(), connection, process).await.map_err(MigrateError::Db)?;
    if found == Probe::Pooler {
        return Err(MigrateError::TransactionPooler);
    }
    connection.lock().await.map_err(MigrateError::from)?;
    let state = report(&mut *connection).await.map_err(MigrateError::Db)?.schema;
    match state {
        SchemaState::Newer(..) => return Ok(state),
        SchemaState::Unrelated => return Err(MigrateError::Unrelated),
        SchemaState::Edited(version) => return Err(MigrateError::Edited(version)),
        SchemaState::Current | SchemaState::Absent | SchemaState::Older(..) => apply(connection).await?,
    }
    connection.unlock().await.map_err(MigrateError::from)?;
    drop(checkout);
    #[cfg(feature = "mutant-refund")]
    crate::mutant::refunds(db).await.map_err(MigrateError::Db)?;
    create_partitions(db).await.map_err(MigrateError::Db)?;
    Ok(SchemaState::Current)
}

async fn apply(connection: &mut PgConnection) -> Result<(), MigrateError> {
    sqlx::query!(r#"select set_config('lock_timeout', $1, false) as "set""#, LOCK_TIMEOUT)
        .fetch_one(&mut *connection)
        .await
        .map_err(MigrateError::Db)?;
    // Already locked, without that timeout: another process may take long to migrate.
    let migrator = Migrator { migrations: Cow::Borrowed(&MIGRATOR.migrations), locking: false, ..Migrator::DEFAULT };
    match migrator.run_direct(None, &mut *connection, false).await.map_err(MigrateError::from) {
        Err(MigrateError::Blocked(_)) => Err(MigrateError::Blocked(blocker(connection).await.unwrap_or_default())),
        other => other,
    }
}
