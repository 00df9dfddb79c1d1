//! Listing accounts by name, for operators.

use super::state::AccountState;
use super::summary::{AccountPage, AccountSummary};
use crate::id::AccountId;
use crate::{Db, DbError};

/// The largest number of accounts on a page.
pub const MAX_ACCOUNTS: i64 = 100;

/// Returns accounts in the order of the bytes of their names, beginning with `prefix` and after the name `after`.
pub async fn page(db: &Db, prefix: &str, after: Option<&str>, limit: i64) -> Result<AccountPage, DbError> {
    let limit = limit.clamp(1, MAX_ACCOUNTS);
    let rows = sqlx::query!(
        r#"
        with recent as materialized (
            select
                account,
                sum(debits - refunds) as burnt,
                sum(refused)::bigint as refused,
                extract(epoch from now() - date_trunc('minute', now()))::float8 + 300 as seconds
            from (
                select account, debits, refunds, refused
                from stat_account
                -- Two ranges, as by one only an index scan would be planned, which reads a page for each row.
                where (
                        minute >= date_trunc('minute', now()) - interval '5 minutes'
                        and minute < date_trunc('minute', now()) - interval '2 minutes'
                    )
                    or (minute >= date_trunc('minute', now()) - interval '2 minutes' and minute <= now())
            ) as counted
            group by account
        ), page as materialized (
            select id, name, plan, balance, suspended_at
            from account
            where name collate "C" > $1 and name collate "C" >= $2 and name collate "C" < $3
            order by name collate "C"
            limit $4
        )
        select
            now() as "at!",
            page.id as "id!: AccountId",
            page.name as "name!",
            case when suspended_at is null then 'active' else 'suspended' end as "state!: AccountState",
            page.plan as "plan!",
            page.balance as "credits!",
            coalesce(burnt * 60 / seconds, 0)::float8 as "burn_per_minute!",
            case when burnt > 0 then balance * seconds / burnt when balance = 0 and refused > 0 then 0 end::float8
                as empty_in_s,
            coalesce(refused, 0) as "refused!"
        from page
        left join recent on recent.account = page.id
        order by page.name collate "C"
        "#,
        after.unwrap_or_default(),
        prefix,
        format!("{prefix}\u{10ffff}"),
        limit + 1,
    )
    .fetch_all(db)
    .await?;
    let at = rows.first().map(|row| row.at).unwrap_or_default();
    let mut accounts: Vec<_> = rows
        .into_iter()
        .map(|row| AccountSummary {
            id: row.id,
            name: row.name,
            state: row.state,
            plan: row.plan,
            credits: row.credits,
            burn_per_minute: row.burn_per_minute,
            empty_in_s: row.empty_in_s,
            refused: row.refused,
        })
        .collect();
    let is_complete = accounts.len() <= usize::try_from(limit).unwrap_or(0);
    accounts.truncate(usize::try_from(limit).unwrap_or(0));
    let next = accounts.last().filter(|_| !is_complete).map(|account| account.name.clone());
    Ok(AccountPage { at, accounts, next, is_complete })
}
