//! Beating: "I live", and learning which leases are still ours.

use crate::id::{JobId, WorkerId};
use crate::job::Fence;
use crate::{Db, DbError};

/// Why a beat did not count.
#[derive(Debug, thiserror::Error)]
pub enum BeatError {
    /// The worker was silent for so long that it was forgotten. Register anew.
    #[error("this worker has been forgotten")]
    Forgotten,
    /// The database did not answer. Stop working after [`SILENCE`](super::SILENCE).
    #[error("the database did not answer")]
    Db(#[from] DbError),
}

/// Says that the worker lives, and answers which of its leases it no longer holds: their
/// jobs were reaped or cancelled, and their renders are to be stopped.
pub async fn beat(db: &Db, worker: WorkerId, leases: &[Fence]) -> Result<Vec<Fence>, BeatError> {
    let jobs: Vec<JobId> = leases.iter().map(|lease| lease.job).collect();
    let held = sqlx::query_scalar!(
        r#"
        with alive as (
            update worker
            set beat_at = now(),
                judges_from = case
                    when is_heard(beat_at) then judges_from
                    else now() + interval '15 seconds'
                end
            where id = $1
            returning id
        )
        select array(
            select lease from queue where job = any($2) and worker = $1 and lease is not null
        ) as "held!"
        from alive
        "#,
        worker as _,
        &jobs as _,
    )
    .fetch_optional(db)
    .await?
    .ok_or(BeatError::Forgotten)?;
    Ok(leases.iter().filter(|lease| !held.contains(&lease.number)).copied().collect())
}
