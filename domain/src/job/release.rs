//! Releasing: what a worker that shuts down does with a job it has not finished.

use super::{Lease, LeaseError};
use crate::Db;

impl Lease {
    /// Gives the job back, to the head of its lane. It costs no attempt.
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
        self.held(released.map(|done| i64::try_from(done.rows_affected()).unwrap_or(i64::MAX)))
    }
}
