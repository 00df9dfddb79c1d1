//! Beating: a worker proves that it lives, and learns which leases it has lost.

use crate::id::{JobId, WorkerId};
use crate::job::Fence;
use crate::{Db, DbError};

/// Why a beat had no effect.
#[derive(Debug, thiserror::Error)]
pub enum BeatError {
    /// The worker was silent for so long that its row is gone. Register again.
    #[error("this worker is no longer registered")]
    NotRegistered,
    /// The database did not respond. Stop working after [`MAX_SILENCE`](super::MAX_SILENCE).
    #[error("the database did not respond")]
    Db(#[from] DbError),
}

/// Updates the worker's row and returns those of its leases that it has lost: their jobs were
/// reaped or cancelled, and their renders must stop.
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
    .fetch_optional(&db.urgent())
    .await?
    .ok_or(BeatError::NotRegistered)?;
    Ok(leases.iter().filter(|lease| !held.contains(&lease.number)).copied().collect())
}
