//! The ledger of an account, for operators.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, JobId};
use crate::{Db, DbError};

/// The largest number of movements on a page.
pub const MAX_ENTRIES: i64 = 200;

/// What a movement of credits is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "ledger_kind", rename_all = "snake_case")]
pub enum LedgerKind {
    /// Credits that an operator added.
    Grant,
    /// The cost of a job.
    Debit,
    /// The cost of a job that failed, returned.
    Refund,
    /// A correction by an operator.
    Adjust,
}

impl LedgerKind {
    /// The name on the command line and in the database.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A movement of credits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Its number.
    pub id: i64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What it is.
    pub kind: LedgerKind,
    /// The credits added, or removed if negative.
    pub amount: i64,
    /// The balance after it and the older ones.
    pub balance: i64,
    /// The job that was paid for, or refunded.
    pub job: Option<JobId>,
    /// Why the job of a refund failed, while its failure is kept.
    pub error_code: Option<String>,
    /// The operator who made it, while the event is kept.
    pub actor: Option<String>,
    /// The operator's reason.
    pub reason: Option<String>,
}

/// Where the next page of a ledger starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerCursor {
    /// When the movement before it happened, which is newer.
    pub at: DateTime<Utc>,
    /// Its number.
    pub id: i64,
    /// The balance before that movement.
    pub balance: i64,
}

/// A page of a ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerPage {
    /// The movements, newest first.
    pub entries: Vec<LedgerEntry>,
    /// Where the next page starts; `None` on the last page.
    pub next: Option<LedgerCursor>,
}

impl LedgerPage {
    /// The balance before the oldest movement of the page. On the last page it is 0, unless the ledger is wrong.
    pub fn opening_balance(&self) -> Option<i64> {
        self.entries.last().map(|entry| entry.balance - entry.amount)
    }
}

/// Returns movements of an account, newest first by the start of their transactions. The balances are computed back from the account's, in the same
/// snapshot.
pub async fn ledger(
    db: &Db,
    account: AccountId,
    after: Option<LedgerCursor>,
    limit: i64,
) -> Result<LedgerPage, DbError> {
    let limit = limit.clamp(1, MAX_ENTRIES);
    let mut entries = sqlx::query_as!(
        LedgerEntry,
        r#"
        with page as materialized (
            select id, created_at, kind, amount, job
            from ledger
            where account = $1 and (created_at, id) < (coalesce($5::timestamptz, 'infinity'), $2)
            order by created_at desc, id desc
            limit $4
        )
        select
            page.id as "id!",
            page.created_at as "at!",
            page.kind as "kind!: LedgerKind",
            page.amount as "amount!",
            (
                coalesce($3::bigint, (select balance from account where id = $1))
                - coalesce(sum(amount) over (order by created_at desc, id desc rows between unbounded preceding and 1 preceding), 0)
            )::bigint as "balance!",
            page.job as "job: JobId",
            refunded.code as "error_code?",
            made.actor as "actor?",
            made.reason as "reason?"
        from page
        left join lateral (
            select code
            from failure
            where page.kind = 'refund' and failure.job = page.job
            -- Each is looked up by its key: a join could be planned as a scan of all failures.
            offset 0
        ) as refunded on true
        left join lateral (
            select actor, reason
            from event
            where page.kind in ('grant', 'adjust')
                and event.at = page.created_at
                -- The statement that moves credits also writes the event. It is found by its time.
                and (event.account = $1 and event.actor is not null) is true
            limit 1
        ) as made on true
        order by page.created_at desc, page.id desc
        "#,
        account as _,
        after.map_or(i64::MAX, |after| after.id),
        after.map(|after| after.balance),
        limit + 1,
        after.map(|after| after.at),
    )
    .fetch_all(db)
    .await?;
    let has_more = entries.len() > usize::try_from(limit).unwrap_or(0);
    entries.truncate(usize::try_from(limit).unwrap_or(0));
    let cursor =
        |entry: &LedgerEntry| LedgerCursor { at: entry.at, id: entry.id, balance: entry.balance - entry.amount };
    let next = entries.last().filter(|_| has_more).map(cursor);
    Ok(LedgerPage { entries, next })
}
