//! Retrying: what a worker does with a job that another attempt may save.

use sqlx::types::Json;

use super::{ATTEMPTS, Failure, Lease, LeaseError};
use crate::Db;

/// What became of a job whose attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retried {
    /// It rests for a while, and then stands in line again.
    Parked,
    /// The attempts were spent: it failed, and was refunded.
    Failed,
}

impl Lease {
    /// Gives the job another attempt after a rest of about 1 second, then 5, or fails it
    /// where none is left.
    pub async fn retry(self, db: &Db, failure: &Failure) -> Result<Retried, LeaseError> {
        let fence = self.fence();
        #[cfg(feature = "mutant-fence")]
        let fence = crate::mutant::unfenced(db, fence).await;
        let row = sqlx::query!(
            r#"
            with again as (
                update queue
                set lease = null,
                    worker = null,
                    started_at = null,
                    deadline = null,
                    parked = true,
                    due_at = now() + back_off(attempt)
                where job = $1 and lease = $2 and attempt < $3
                returning job, attempt
            ), told as (
                insert into event (kind, job, message)
                select 'job.retried', job, format('attempt %s: %s: %s', attempt, $4::text, $5::text) from again
            ), spent as (
                delete from queue
                where job = $1 and lease = $2 and attempt >= $3
                returning queue as entry
            )
            select
                (select count(*) from again) as "again!",
                (select end_failed(array_agg(entry), $4, $5, $6, $7) from spent) as "failed!"
            "#,
            fence.job as _,
            fence.number,
            ATTEMPTS,
            failure.code.name(),
            failure.message,
            failure.timings.map(Json) as _,
            failure.blocked.stored() as _,
        )
        .fetch_one(db)
        .await
        .map(|row| (row.again, row.failed));
        let failed = matches!(row, Ok((_, failed)) if failed > 0);
        self.held(row.map(|(again, failed)| again + failed))?;
        Ok(if failed { Retried::Failed } else { Retried::Parked })
    }
}
