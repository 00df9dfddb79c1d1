//! Retrying: the job gets another attempt, if it has one left.

use sqlx::types::Json;

use super::announce::announce_failed;
use super::ended::FailedJob;
use super::failure::Failure;
use super::lease::{Lease, LeaseError};
use super::state::MAX_ATTEMPTS;
use crate::Db;

/// What became of a job whose attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retried {
    /// It is parked, and will be queued again.
    Parked,
    /// Its attempts were spent: it failed and was refunded.
    Failed,
}

impl Lease {
    /// Parks the job for about 1 second, then 5, before its next attempt; fails it if it has
    /// none left.
    pub async fn retry(self, db: &Db, failure: &Failure) -> Result<Retried, LeaseError> {
        let fence = self.fence();
        #[cfg(feature = "mutant-fence")]
        let fence = crate::mutant::unfenced(db, fence).await;
        let row = sqlx::query!(
            r#"
            with parked as (
                update queue
                set lease = null,
                    worker = null,
                    started_at = null,
                    deadline = null,
                    parked = true,
                    due_at = now() + back_off(attempt)
                where job = $1 and lease = $2 and attempt < $3
                returning job, attempt
            ), new_event as (
                insert into event (kind, job, message)
                select 'job.retried', job, format('attempt %s: %s: %s', attempt, $4::text, $5::text) from parked
            ), exhausted as (
                delete from queue
                where job = $1 and lease = $2 and attempt >= $3
                returning queue as entry
            )
            select
                (select count(*) from parked) as "parked!",
                (select end_failed(array_agg(entry), $4, $5, $6, $7, $8) from exhausted) as "failed!",
                (select describe_ended(array_agg(entry)) from exhausted) as "ended!: Json<Vec<FailedJob>>"
            "#,
            fence.job as _,
            fence.number,
            MAX_ATTEMPTS,
            failure.code.name(),
            failure.message,
            failure.timings.map(Json) as _,
            failure.blocked.stored() as _,
            failure.report.stored() as _,
        )
        .fetch_one(db)
        .await;
        let row = self.ended(row.map(|row| (row.parked + row.failed > 0).then_some(row)))?;
        announce_failed(db, &failure.code, &row.ended.0);
        Ok(if row.failed > 0 { Retried::Failed } else { Retried::Parked })
    }
}
