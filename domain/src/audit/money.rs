//! Invariants of credits.

use uuid::Uuid;

use super::day::{Day, MAX_ROWS};
use crate::{Db, DbError};

/// How many accounts one statement sums up.
const PAGE: i64 = 500;

/// Each page of accounts is one statement, so that no snapshot is held for long.
pub(super) async fn unbalanced(db: &Db) -> Result<Vec<String>, DbError> {
    let (mut rows, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let page = sqlx::query!(
            r#"
            select
                id,
                case when balance <> moved then format('account %s: balance %s, ledger %s', id, balance, moved) end as row
            from (select id, balance from account where id > $1 order by id limit $2) as page
            cross join lateral (
                select coalesce(sum(amount), 0) as moved from ledger where ledger.account = page.id
            ) as total
            order by id
            "#,
            after,
            PAGE,
        )
        .fetch_all(db)
        .await?;
        let Some(last) = page.last() else { return Ok(rows) };
        after = last.id;
        rows.extend(page.into_iter().filter_map(|account| account.row));
    }
}

pub(super) async fn misdebited(db: &Db, day: Day) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format('job %s: cost %s, debit %s', coalesce(recorded.id, debit.job), recorded.cost, debit.amount) as "row!"
        from (select id, account, cost from job where id >= $1 and id < $2) as recorded
        full join (
            select job, account, amount from ledger where kind = 'debit' and job >= $1 and job < $2
        ) as debit on debit.job = recorded.id
        where recorded.id is null
            or debit.job is null
            or debit.amount <> -recorded.cost
            or debit.account <> recorded.account
        limit $3
        "#,
        day.first,
        day.next,
        MAX_ROWS,
    )
    .fetch_all(db)
    .await
}

pub(super) async fn misrefunded(db: &Db, day: Day) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format(
            'job %s: %s, refund %s', coalesce(recorded.id, refund.job), coalesce(recorded.state::text, 'unfinished'), refund.amount
        ) as "row!"
        from (select id, account, cost, state from job where id >= $1 and id < $2) as recorded
        full join (
            select job, account, amount from ledger where kind = 'refund' and job >= $1 and job < $2
        ) as refund on refund.job = recorded.id
        where recorded.id is null
            or (recorded.state is not distinct from 'failed') <> (refund.job is not null)
            or refund.amount <> recorded.cost
            or refund.account <> recorded.account
        limit $3
        "#,
        day.first,
        day.next,
        MAX_ROWS,
    )
    .fetch_all(db)
    .await
}
