//! Listing the accounts that spend credits or are refused, for operators.

use serde::{Deserialize, Serialize};

use super::state::AccountState;
use super::summary::{AccountPage, AccountSummary};
use crate::id::AccountId;
use crate::{Db, DbError};

/// The largest number of accounts that are listed.
pub const MAX_SPENDERS: i64 = 30;

/// Which accounts come first. No index has the balance, as one would have to be written for each job, so these are
/// found among the accounts that moved credits or were refused since five full minutes ago: what is read grows with
/// how many did, not with how many accounts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::EnumString, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SpenderOrder {
    /// Those that run out of credits soonest, among those that spend most.
    RunsDry,
    /// Those that spend most.
    Spends,
    /// Those that were refused most often.
    Refused,
}

/// Returns the accounts that spend or are refused, at most [`MAX_SPENDERS`].
pub async fn spenders(db: &Db, order: SpenderOrder) -> Result<AccountPage, DbError> {
    let order: &'static str = order.into();
    let rows = sqlx::query!(
        r#"
        with recent as materialized (
            select account, sum(debits - refunds)::bigint as burnt, sum(refused)::bigint as refused
            from stat_account
            -- Two ranges, as by one only an index scan would be planned, which reads a page for each row.
            where (
                    minute >= date_trunc('minute', now()) - interval '5 minutes'
                    and minute < date_trunc('minute', now()) - interval '2 minutes'
                )
                or (minute >= date_trunc('minute', now()) - interval '2 minutes' and minute <= now())
            group by account
        ), ranked as materialized (
            select account, burnt, refused
            from recent
            where case $1 when 'spends' then burnt > 0 when 'refused' then refused > 0 else burnt > 0 or refused > 0 end
            order by case $1 when 'spends' then burnt when 'refused' then refused else burnt + refused end desc, account
            limit $2
        ), listed as (
            select
                held.*,
                burnt,
                refused,
                case when burnt > 0 then balance * seconds / burnt when balance = 0 and refused > 0 then 0 end::float8
                    as empty_in_s,
                burnt * 60 / seconds as burn_per_minute
            from ranked
            cross join (
                select extract(epoch from now() - date_trunc('minute', now()))::float8 + 300 as seconds
            ) as period
            cross join lateral (
                select id, name, plan, balance, suspended_at
                from account
                where id = ranked.account
                -- Each is looked up by its key: a join could be planned as a scan of all accounts.
                offset 0
            ) as held
        )
        select
            now() as "at!",
            (select count(*) from recent) <= $2 as "is_complete!",
            id as "id?: AccountId",
            name as "name?",
            case when suspended_at is null then 'active' else 'suspended' end as "state!: AccountState",
            plan as "plan?",
            balance as "credits?",
            coalesce(burn_per_minute, 0)::float8 as "burn_per_minute!",
            empty_in_s as "empty_in_s?",
            coalesce(refused, 0) as "refused!"
        from (select) as always
        left join listed on true
        order by
            case $1 when 'spends' then -burnt when 'refused' then -refused end,
            empty_in_s nulls last,
            name collate "C"
        "#,
        order,
        MAX_SPENDERS,
    )
    .fetch_all(db)
    .await?;
    let mut page = AccountPage { is_complete: true, ..AccountPage::default() };
    for row in rows {
        (page.at, page.is_complete) = (row.at, row.is_complete);
        let (Some(id), Some(name), Some(plan), Some(credits)) = (row.id, row.name, row.plan, row.credits) else {
            continue;
        };
        page.accounts.push(AccountSummary {
            id,
            name,
            state: row.state,
            plan,
            credits,
            burn_per_minute: row.burn_per_minute,
            empty_in_s: row.empty_in_s,
            refused: row.refused,
        });
    }
    Ok(page)
}
