//! Burn: who spends credits, how fast, and for how long they last.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Db, DbError};

/// The largest number of minutes of accounts that is looked at.
const MAX_READ: i64 = 2_500;

/// The largest number of accounts that spend.
const MAX_SPENDERS: i64 = 20;

/// The largest number of accounts that were refused.
const MAX_REFUSED: i64 = 8;

/// Who spends credits, and who had too few.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Burn {
    /// Since when it was counted: about five minutes ago.
    #[serde(rename = "burn_since")]
    pub since: Option<DateTime<Utc>>,
    /// Whether more accounts were active than were looked at, so that some may be missing.
    #[serde(rename = "burn_is_partial")]
    pub is_partial: bool,
    /// The accounts that spent most, and those that were refused; who is or will be empty soonest comes first.
    pub accounts: Vec<Account>,
}

/// An account that spends credits, or was refused.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Credits that can be spent now.
    pub credits: i64,
    /// Whether it is suspended, and may not submit.
    pub suspended: bool,
    /// Credits spent since then, without those refunded.
    pub spent: i64,
    /// The same, per minute.
    pub per_min: f64,
    /// Submissions that were refused since then: too few credits, rate limit, suspended.
    pub refused: i64,
    /// For how many seconds its credits last at that rate; `None` if it spends none.
    pub empty_in_s: Option<f64>,
}

/// Reads who spends credits.
pub async fn burn(db: &Db) -> Result<Burn, DbError> {
    let rows = sqlx::query!(
        r#"
        with recent as materialized (
            select of_minute.*
            from
                generate_series(0, 5) as age,
                lateral (
                    select minute, account, debits, refunds, refused
                    from stat_account
                    where minute = date_trunc('minute', now()) - age * interval '1 minute'
                    limit $1
                ) as of_minute
            limit $1
        ), period as materialized (
            select
                case
                    when count(*) < $1 then date_trunc('minute', now()) - interval '5 minutes'
                    else least(min(minute) + interval '1 minute', max(minute))
                end as since,
                count(*) >= $1 as is_partial
            from recent
        ), spent as materialized (
            select account, sum(debits - refunds)::bigint as spent, sum(refused)::bigint as refused
            from recent, period
            where minute >= since
            group by account
        ), chosen as materialized (
            (select * from spent where spent > 0 order by spent desc limit $2)
            union
            (select * from spent where refused > 0 order by refused desc limit $3)
        ), known as (
            select
                account.name,
                account.balance as credits,
                account.suspended_at is not null as suspended,
                spent,
                spent * 60 / extract(epoch from now() - since)::float8 as per_min,
                refused
            from
                chosen,
                lateral (select name, balance, suspended_at from account where id = chosen.account limit 1) as account,
                period
        )
        select
            since,
            is_partial as "is_partial!",
            name as "name?",
            credits as "credits?",
            suspended as "suspended?",
            spent as "spent?",
            per_min as "per_min?",
            refused as "refused?",
            case when spent > 0 then credits / per_min * 60 end as empty_in_s
        from period
        left join known on true
        order by case when credits <= 0 or suspended then 0 when spent > 0 then credits / per_min end, refused desc, name
        "#,
        MAX_READ,
        MAX_SPENDERS,
        MAX_REFUSED,
    )
    .fetch_all(db)
    .await?;
    let (since, is_partial) = rows.first().map_or((None, false), |row| (row.since, row.is_partial));
    let mut accounts = Vec::new();
    for row in rows {
        let Some(name) = row.name else { continue };
        accounts.push(Account {
            name,
            credits: row.credits.unwrap_or_default(),
            suspended: row.suspended.unwrap_or_default(),
            spent: row.spent.unwrap_or_default(),
            per_min: row.per_min.unwrap_or_default(),
            refused: row.refused.unwrap_or_default(),
            empty_in_s: row.empty_in_s,
        });
    }
    Ok(Burn { since, is_partial, accounts })
}
