//! Retention: how long results are kept, one setting for the whole deployment.

use std::time::Duration;

use crate::db::{constraint, interval};
use crate::event::Actor;
use crate::{Db, DbError};

/// Why the retention was not changed.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// Choose a retention in this range.
    #[error("results can be kept from 1 hour to 28 days")]
    OutOfRange,
    /// The database did not respond. Try again.
    #[error("the database did not respond")]
    Db(#[source] DbError),
}

/// Returns how long a result that is stored now is kept.
pub async fn retention(db: &Db) -> Result<Duration, DbError> {
    let seconds = sqlx::query_scalar!(r#"select extract(epoch from retention())::bigint as "seconds!""#);
    Ok(Duration::from_secs(seconds.fetch_one(db).await?.unsigned_abs()))
}

/// Sets how long results are kept, from now on. Results that exist keep their expiry.
pub async fn set_retention(db: &Db, actor: &Actor, retention: Duration) -> Result<(), RetentionError> {
    sqlx::query!(
        "with changed as (update setting set retention = $1 returning retention)
         insert into event (kind, actor, reason, message)
         select 'retention.changed', $2, $3, retention::text from changed",
        interval(retention),
        actor.name,
        actor.reason,
    )
    .execute(db)
    .await
    .map(drop)
    .map_err(|error| match constraint(&error) {
        Some("retention_is_sane") => RetentionError::OutOfRange,
        Some(_) | None => RetentionError::Db(error),
    })
}
