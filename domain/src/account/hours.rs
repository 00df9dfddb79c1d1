//! What an account moved in each of the last 24 hours, for operators.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::AccountId;
use crate::{Db, DbError};

/// What an account moved in one hour. Approximate: a process that is killed loses its last second's counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hour {
    /// Its start.
    pub hour: DateTime<Utc>,
    /// Credits debited.
    pub debits: i64,
    /// Credits refunded.
    pub refunds: i64,
    /// Submissions refused.
    pub refused: i64,
}

/// Returns the last 24 hours of an account, oldest first, also those in which nothing happened.
pub async fn hours(db: &Db, account: AccountId) -> Result<Vec<Hour>, DbError> {
    sqlx::query_as!(
        Hour,
        r#"
        with moved as materialized (
            select
                date_trunc('hour', minute, 'UTC') as hour,
                sum(debits)::bigint as debits,
                sum(refunds)::bigint as refunds,
                sum(refused)::bigint as refused
            from stat_account
            where account = $1 and minute >= date_trunc('hour', now(), 'UTC') - interval '23 hours'
            group by 1
        )
        select
            hour as "hour!",
            coalesce(debits, 0) as "debits!",
            coalesce(refunds, 0) as "refunds!",
            coalesce(refused, 0) as "refused!"
        from generate_series(
            date_trunc('hour', now(), 'UTC') - interval '23 hours', date_trunc('hour', now(), 'UTC'), interval '1 hour'
        ) as hour
        left join moved using (hour)
        order by hour
        "#,
        account as _,
    )
    .fetch_all(db)
    .await
}
