//! One account, for operators.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::state::AccountState;
use crate::id::AccountId;
use crate::{Db, DbError};

/// The largest number of keys that is counted.
pub const MAX_KEYS: i64 = 100;

/// An account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountDetails {
    /// The time, by the database's clock.
    pub at: DateTime<Utc>,
    /// Its id.
    pub id: AccountId,
    /// The name that identifies it in all commands.
    pub name: String,
    /// Whether it may submit.
    pub state: AccountState,
    /// When it was suspended.
    pub suspended_at: Option<DateTime<Utc>>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// The plan that it is on.
    pub plan: String,
    /// Its share of the workers while other accounts wait, too.
    pub weight: i16,
    /// Jobs per minute; `None` if it has no limit.
    pub rate: Option<i32>,
    /// Jobs at once.
    pub burst: Option<i32>,
    /// Credits that can be spent now.
    pub credits: i64,
    /// Credits that it spends per minute, less what is refunded: the mean since five full minutes ago.
    pub burn_per_minute: f64,
    /// When the credits are spent at that rate; `None` if it does not spend any.
    pub empty_at: Option<DateTime<Utc>>,
    /// Submissions that were refused in these minutes.
    pub refused: i64,
    /// Keys that work; exact below [`MAX_KEYS`], which means that many or more.
    pub active_keys: i64,
}

/// Returns an account by its name.
pub async fn details(db: &Db, name: &str) -> Result<Option<AccountDetails>, DbError> {
    sqlx::query_as!(
        AccountDetails,
        r#"
        select
            now() as "at!",
            id as "id: AccountId",
            name,
            case when suspended_at is null then 'active' else 'suspended' end as "state!: AccountState",
            suspended_at,
            created_at,
            plan,
            weight,
            rate,
            burst,
            balance as credits,
            coalesce(burnt * 60 / seconds, 0)::float8 as "burn_per_minute!",
            case
                -- A year is as good as never, and a timestamp has an end.
                when burnt > 0 then now() + interval '1 second' * least(balance * seconds / burnt, 31536000)
            end as empty_at,
            coalesce(refused, 0) as "refused!",
            (
                select count(*)
                from (
                    select from api_key
                    where api_key.account = account.id and revoked_at is null and (expires_at > now()) is not false
                    limit $2
                ) as counted
            ) as "active_keys!"
        from account
        cross join lateral (
            select
                sum(debits - refunds) as burnt,
                sum(refused)::bigint as refused,
                extract(epoch from now() - date_trunc('minute', now()))::float8 + 300 as seconds
            from stat_account
            where stat_account.account = account.id
                and minute >= date_trunc('minute', now()) - interval '5 minutes'
        ) as recent
        where name = $1
        "#,
        name,
        MAX_KEYS,
    )
    .fetch_optional(db)
    .await
}
