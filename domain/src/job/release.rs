//! Releasing: a worker that shuts down gives back a job it has not finished.

use super::announce::announce_queued;
use super::lease::{Lease, LeaseError};
use crate::Db;

impl Lease {
    /// Queues the job again, at the head of its lane, without spending an attempt.
    pub async fn release(self, db: &Db) -> Result<(), LeaseError> {
        let fence = self.fence();
        #[cfg(feature = "mutant-fence")]
        let fence = crate::mutant::unfenced(db, fence).await;
        let released = sqlx::query!(
            "update queue
             set lease = null,
                 worker = null,
                 started_at = null,
                 deadline = null,
                 attempt = attempt - 1,
                 fair_tag = greatest(fair_tag, lane_clock(lane))
             where job = $1 and lease = $2",
            fence.job as _,
            fence.number,
        )
        .execute(db)
        .await;
        self.check(released.map(|done| done.rows_affected().cast_signed()))?;
        announce_queued(db, 1);
        Ok(())
    }
}
