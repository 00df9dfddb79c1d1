//! The balance of an account.

use chrono::{DateTime, Utc};

use crate::key::Caller;
use crate::{Db, DbError};

/// The balance of an account, as its own key sees it.
#[derive(Debug)]
pub struct Balance {
    /// Credits that can be spent now.
    pub credits: i64,
    /// The plan the account is on.
    pub plan: String,
    /// Whether the account is suspended, and may not submit.
    pub suspended: bool,
    /// When the current period ends: the next month, UTC, as credits are prepaid and have none.
    pub period_end: DateTime<Utc>,
}

/// Returns the caller's balance.
pub async fn balance(db: &Db, caller: &Caller) -> Result<Balance, DbError> {
    sqlx::query_as!(
        Balance,
        r#"
        select
            balance as credits,
            plan,
            suspended_at is not null as "suspended!",
            (date_trunc('month', now() at time zone 'UTC') + interval '1 month') at time zone 'UTC' as "period_end!"
        from account
        where id = $1
        "#,
        caller.account() as _,
    )
    .fetch_one(db)
    .await
}
