//! Whether the server is a standby.

use crate::{Db, DbError};

/// Returns whether the server is a standby.
pub async fn is_standby(db: &Db) -> Result<bool, DbError> {
    sqlx::query_scalar!(r#"select pg_is_in_recovery() as "standby!""#).fetch_one(db).await
}
