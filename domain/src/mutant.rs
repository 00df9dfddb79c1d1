//! Mutants: one guard removed per feature, so that `just mutants` shows that tests notice.
//! Never part of a build that is used.

#![expect(clippy::disallowed_methods, reason = "never part of a build that is used")]

use crate::Db;
#[cfg(feature = "mutant-owner")]
use crate::id::{AccountId, JobId};
#[cfg(feature = "mutant-fence")]
use crate::job::Fence;

/// Removes the fence: every lease passes with the current number of its job.
#[cfg(feature = "mutant-fence")]
pub(crate) async fn unfenced(db: &Db, fence: Fence) -> Fence {
    let now = sqlx::query_scalar("select lease from queue where job = $1 and lease is not null").bind(fence.job);
    Fence { number: now.fetch_one(db).await.unwrap_or(fence.number), ..fence }
}

/// Removes the owner check: every caller acts as the owner of the job.
#[cfg(feature = "mutant-owner")]
pub(crate) async fn owner(db: &Db, job: JobId, caller: AccountId) -> AccountId {
    let owner = sqlx::query_scalar("select account from job where id = $1").bind(job);
    owner.fetch_one(db).await.unwrap_or(caller)
}

/// Removes the uniqueness of refunds: a job can be refunded twice.
#[cfg(feature = "mutant-refund")]
pub(crate) async fn refunds(db: &Db) -> Result<(), crate::DbError> {
    let unguard = "alter table ledger drop constraint if exists debited_and_refunded_once";
    sqlx::raw_sql(unguard).execute(db.pool()).await.map(drop)
}
