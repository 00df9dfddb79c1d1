//! Retention: how long results are kept, one setting for the whole deployment.

use std::time::Duration;

use crate::db::constraint;
use crate::schema::interval;
use crate::{Db, DbError};

/// Why the retention was not changed.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// Choose one in between.
    #[error("results can be kept from 1 hour to 28 days")]
    OutOfRange,
    /// The database did not answer. Try again.
    #[error("the database did not answer")]
    Db(#[source] DbError),
}

/// How long a result that is made now is kept.
pub async fn retention(db: &Db) -> Result<Duration, DbError> {
    let seconds = sqlx::query_scalar!(r#"select extract(epoch from retention())::bigint as "seconds!""#);
    Ok(Duration::from_secs(seconds.fetch_one(db).await?.unsigned_abs()))
}

/// Keeps the results that are made from now on for so long. Those that are there keep the
/// expiry that they were promised.
pub async fn retain(db: &Db, kept: Duration) -> Result<(), RetentionError> {
    sqlx::query!(
        "with changed as (update setting set retention = $1 returning retention)
         insert into event (kind, message) select 'retention.changed', retention::text from changed",
        interval(kept),
    )
    .execute(db)
    .await
    .map(drop)
    .map_err(|error| match constraint(&error) {
        Some("retention_is_sane") => RetentionError::OutOfRange,
        Some(_) | None => RetentionError::Db(error),
    })
}
