//! Whose results expire in an hour.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Db, DbError};

/// At most this many results of an hour are read.
pub const MAX_SAMPLED: i64 = 2_000;

/// The largest number of accounts.
const MAX_ACCOUNTS: i64 = 10;

/// Whose results expire in an hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiringAccounts {
    /// The hour.
    pub hour: DateTime<Utc>,
    /// How many of its results were read, the first to expire: fewer than [`MAX_SAMPLED`] may be all of them.
    pub sampled: i64,
    /// The accounts with the most results.
    pub accounts: Vec<ExpiringAccount>,
}

/// The results of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiringAccount {
    /// Its name.
    pub account: String,
    /// How many results.
    pub results: i64,
    /// Their total size.
    pub bytes: i64,
}

/// Reads whose results expire in an hour. Those that have expired are left out.
pub async fn by_account(db: &Db, hour: DateTime<Utc>) -> Result<ExpiringAccounts, DbError> {
    let rows = sqlx::query!(
        r#"
        with grouped as (
            select account, count(*) as results, sum(size)::bigint as bytes
            from expiring_results(greatest($1, now()), $1::timestamptz + interval '1 hour', $2)
            group by account
        )
        select
            account.name as "account!",
            biggest.results as "results!",
            biggest.bytes as "bytes!",
            (select sum(results)::bigint from grouped) as "sampled!"
        from (select * from grouped order by results desc, account limit $3) as biggest
        join account on account.id = biggest.account
        order by biggest.results desc, account.name
        "#,
        hour,
        MAX_SAMPLED,
        MAX_ACCOUNTS,
    )
    .fetch_all(db)
    .await?;
    let sampled = rows.first().map_or(0, |row| row.sampled);
    let accounts = rows
        .into_iter()
        .map(|row| ExpiringAccount { account: row.account, results: row.results, bytes: row.bytes })
        .collect();
    Ok(ExpiringAccounts { hour, sampled, accounts })
}
