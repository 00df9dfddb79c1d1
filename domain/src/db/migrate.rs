//! The schema: every migration, embedded.

use sqlx::migrate::{MigrateError, Migrator};

use super::create_partitions;
use crate::{Db, DbError};

/// Every migration, in order.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// Applies the missing migrations and creates the missing partitions.
pub async fn migrate(db: &Db) -> Result<(), MigrateError> {
    MIGRATOR.run(db.pool()).await?;
    #[cfg(feature = "mutant-refund")]
    crate::mutant::refunds(db).await?;
    create_partitions(db).await?;
    Ok(())
}

/// Whether the database has Tintype's schema.
pub async fn has_schema(db: &Db) -> Result<bool, DbError> {
    sqlx::query_scalar!(r#"select to_regclass('setting') is not null as "has_schema!""#).fetch_one(db).await
}
