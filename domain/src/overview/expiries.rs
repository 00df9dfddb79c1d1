//! Expiries: how many results expire in each hour.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Db, DbError};

/// The largest number of hours: more than results can be kept.
const MAX_HOURS: i64 = 1_000;

/// Results that expire in one hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiry {
    /// The start of the hour.
    pub hour: DateTime<Utc>,
    /// How many results.
    pub results: i64,
    /// Their total size.
    pub bytes: i64,
}

/// Reads how many results expire in this hour and each later one, soonest first. Hours without any are left out.
/// Results that workers of an earlier version stored are missing.
pub async fn expiries(db: &Db) -> Result<Vec<Expiry>, DbError> {
    sqlx::query_as!(
        Expiry,
        "select hour, results, bytes
         from stat_expiry
         where hour > now() - interval '1 hour' and results > 0
         order by hour
         limit $1",
        MAX_HOURS,
    )
    .fetch_all(db)
    .await
}
