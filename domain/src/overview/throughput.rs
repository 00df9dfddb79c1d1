//! Throughput: what was submitted and what ended, by the minute.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Db, DbError};

/// What happened in one minute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minute {
    /// Its start.
    pub minute: DateTime<Utc>,
    /// Jobs submitted.
    pub submitted: i64,
    /// Jobs completed.
    pub completed: i64,
    /// Jobs failed.
    pub failed: i64,
}

/// How many minutes an hour has.
pub const HOUR: i32 = 60;

/// Reads the last minutes, oldest first. The last one is not over.
pub async fn throughput(db: &Db, minutes: i32) -> Result<Vec<Minute>, DbError> {
    sqlx::query_as!(
        Minute,
        r#"
        with first as materialized (
            select date_trunc('minute', now()) - ($1 - 1) * interval '1 minute' as minute
        ), minutes as (
            select generate_series(minute, now(), interval '1 minute') as minute from first
        )
        select
            minute as "minute!",
            coalesce(submitted, 0) as "submitted!",
            coalesce(completed, 0) as "completed!",
            coalesce(failed, 0) as "failed!"
        from minutes
        left join (
            select * from stat_minute where minute >= (select minute from first)
        ) as counted using (minute)
        order by 1
        "#,
        minutes,
    )
    .fetch_all(db)
    .await
}
