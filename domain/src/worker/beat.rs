//! Beating: a worker proves that it lives, and learns which leases it has lost and whether it is drained.

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

/// What a worker reports with a beat, for operators.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorkerStats {
    /// The memory of the worker and its browsers; `None` if it was not measured.
    pub memory_bytes: Option<u64>,
    /// Attempts that completed in the last minute.
    pub completed_1m: u32,
    /// Attempts that failed in the last minute.
    pub failed_1m: u32,
}

/// What a worker learns by a beat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beat {
    /// Those of its leases that it has lost: their jobs were reaped, released or cancelled, and their renders must stop.
    pub lost: Vec<Fence>,
    /// Whether an operator drains it: it ends what it has, and claims nothing.
    pub is_draining: bool,
}

/// Updates the worker's row. The first beat of a drained worker without leases is recorded, and so is the first one
/// of a worker that others took for lost.
pub async fn beat(db: &Db, worker: WorkerId, leases: &[Fence], stats: WorkerStats) -> Result<Beat, BeatError> {
    let jobs: Vec<JobId> = leases.iter().map(|lease| lease.job).collect();
    let row = sqlx::query!(
        r#"
        with before as materialized (
            select lost_at from worker where id = $1
        ), alive as (
            update worker
            set beat_at = now(),
                judges_from = case
                    when is_heard(beat_at) then judges_from
                    else now() + interval '15 seconds'
                end,
                memory_bytes = coalesce($3, memory_bytes),
                completed_1m = $4,
                failed_1m = $5,
                lost_at = null,
                drained_at = case
                    when draining_at is null then null
                    when drained_at is not null then drained_at
                    when cardinality($2::uuid[]) = 0
                        and not exists (select from queue where deadline is not null and worker = $1) then now()
                end
            where id = $1
            returning id, name, draining_at is not null as is_draining, drained_at
        ), returned as (
            insert into event (kind, worker, message, detail)
            select 'worker.returned', id, name, jsonb_build_object('lost_at', before.lost_at)
            from alive, before
            where before.lost_at is not null
        ), drained as (
            insert into event (kind, worker, message) select 'worker.drained', id, name from alive where drained_at = now()
        )
        select
            is_draining as "is_draining!",
            array(
                select lease from queue where job = any($2) and worker = $1 and lease is not null
            ) as "held!"
        from alive
        "#,
        worker as _,
        &jobs as _,
        stats.memory_bytes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
        i32::try_from(stats.completed_1m).unwrap_or(i32::MAX),
        i32::try_from(stats.failed_1m).unwrap_or(i32::MAX),
    )
    .fetch_optional(&db.urgent())
    .await?
    .ok_or(BeatError::NotRegistered)?;
    let lost = leases.iter().filter(|lease| !row.held.contains(&lease.number)).copied().collect();
    Ok(Beat { lost, is_draining: row.is_draining })
}
