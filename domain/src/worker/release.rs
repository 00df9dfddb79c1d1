//! Releasing the leases of a worker: its jobs do not wait until they lapse.

use crate::event::Actor;
use crate::id::WorkerId;
use crate::{Db, DbError};

/// The largest number of leases that are released at once: as many as the largest worker holds.
pub const MAX_RELEASED: i64 = 512;

/// What became of a request to release the leases of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Released {
    /// This many jobs are queued again; none, if the worker held no lease or is ending them at this moment.
    Jobs(i64),
    /// The worker is alive and not drained: it would claim them again. Drain it first.
    Working,
    /// There is no such worker.
    NoSuchWorker,
}

/// Queues the jobs of a lost or drained worker again, at the head of their lanes, without spending an attempt.
///
/// A worker that still lives learns of it by its next beat. Until then it may go on rendering, but it can no longer
/// end the jobs: the numbers of its leases are gone. A job that is being ended at this moment is left alone.
pub async fn release(db: &Db, actor: &Actor, worker: WorkerId) -> Result<Released, DbError> {
    let row = sqlx::query!(
        r#"
        with target as materialized (
            select id, name, draining_at is not null or is_alive(beat_at) is not true as is_free
            from worker
            where id = $1
        ), held as materialized (
            select job, lease, attempt
            from queue
            where deadline is not null and worker = $1 and exists (select from target where is_free)
            order by lease
            limit $4
            for update skip locked
        ), requeued as (
            update queue
            set lease = null,
                worker = null,
                started_at = null,
                deadline = null,
                attempt = queue.attempt - 1,
                fair_tag = greatest(fair_tag, lane_clock(lane))
            where job = any(array(select job from held)) and lease = any(array(select lease from held))
            returning job
        ), job_events as (
            insert into event (kind, job, worker, message)
            select 'job.released', held.job, target.id, format('attempt %s: given back, queued again', held.attempt)
            from held, target
        ), new_event as (
            insert into event (kind, worker, actor, reason, message, detail)
            select
                'worker.released', id, $2, $3,
                format('%s: %s queued again', name, (select count(*) from held)),
                jsonb_build_object('jobs', (select coalesce(jsonb_agg(job), '[]') from held))
            from target
            where is_free
        )
        select
            (select count(*) from requeued) as "jobs!",
            (select is_free from target) as is_free
        "#,
        worker as _,
        actor.name,
        actor.reason,
        MAX_RELEASED,
    )
    .fetch_one(db)
    .await?;
    if row.jobs > 0 {
        db.notifier().notify_queued();
    }
    Ok(match row.is_free {
        Some(true) => Released::Jobs(row.jobs),
        Some(false) => Released::Working,
        None => Released::NoSuchWorker,
    })
}
