//! Guards taken away, one per feature, so that `just mutants` sees the tests miss them.
//! None of this is compiled into a build that anybody runs.

#![expect(clippy::disallowed_methods, reason = "statements that no build that is run contains")]

use crate::Db;
#[cfg(feature = "mutant-owner")]
use crate::id::{AccountId, JobId};
#[cfg(feature = "mutant-fence")]
use crate::job::Fence;

/// Without the fence, every lease proves itself by whatever number its job has now.
#[cfg(feature = "mutant-fence")]
pub(crate) async fn unfenced(db: &Db, fence: Fence) -> Fence {
    let now = sqlx::query_scalar("select lease from queue where job = $1 and lease is not null").bind(fence.job);
    Fence { number: now.fetch_one(db).await.unwrap_or(fence.number), ..fence }
}

/// Without the owner check, everybody asks as the job's owner.
#[cfg(feature = "mutant-owner")]
pub(crate) async fn owner(db: &Db, job: JobId, caller: AccountId) -> AccountId {
    let owner = sqlx::query_scalar("select account from job where id = $1").bind(job);
    owner.fetch_one(db).await.unwrap_or(caller)
}

/// Without the refund's uniqueness, nothing keeps a job from being refunded twice.
#[cfg(feature = "mutant-refund")]
pub(crate) async fn refunds(db: &Db) -> Result<(), crate::DbError> {
    let unguard = "alter table ledger drop constraint if exists debited_and_refunded_once";
    sqlx::raw_sql(unguard).execute(db.pool()).await.map(drop)
}
