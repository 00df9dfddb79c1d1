//! Reaping: what becomes of the jobs whose leases lapsed.

use super::{ATTEMPTS, ErrorCode};
use crate::id::WorkerId;
use crate::{Db, DbError};

/// How many jobs a reap took care of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reaped {
    /// Stand in line again.
    pub queued: i64,
    /// Had spent their attempts: failed, and were refunded.
    pub failed: i64,
}

/// Takes jobs from leases that lapsed: past the deadline, or of a dead worker.
///
/// Any worker may judge at any time, several at once; one whose own beats had a gap, or
/// that has not beaten since, is no judge and reaps nothing. What lapsed is found first and
/// locked after, by its lease: while a lock is waited for, the row may have become
/// another worker's, and a lease that is found again is the same one still.
pub async fn reap(db: &Db, judge: WorkerId) -> Result<Reaped, DbError> {
    let row = sqlx::query!(
        r#"
        with lapsed as materialized (
            select queue.lease
            from queue
            left join worker on worker.id = queue.worker
            where queue.deadline is not null
                and (queue.deadline < now() or is_alive(worker.beat_at) is not true)
                and exists (
                    select from worker
                    where id = $1 and judges_from <= now() and is_heard(beat_at)
                )
            order by queue.lease
            limit 500
        ), held as materialized (
            select job, lease, attempt, worker
            from queue
            where deadline is not null and lease = any(array(select lease from lapsed))
            for update skip locked
        ), again as (
            update queue
            set lease = null,
                worker = null,
                started_at = null,
                deadline = null,
                fair_tag = next_fair_tag(lane)
            where job = any(array(select job from held where attempt < $2))
                and lease = any(array(select lease from held))
            returning job
        ), spent as (
            delete from queue
            where job = any(array(select job from held where attempt >= $2))
                and lease = any(array(select lease from held))
            returning queue as entry
        ), told as (
            insert into event (kind, job, worker, message)
            select
                'job.lapsed',
                job,
                worker,
                format('attempt %s: %s', attempt, case when attempt < $2 then 'queued again' else 'failed, refunded' end)
            from held
        )
        select
            (select count(*) from again) as "queued!",
            (select end_failed(array_agg(entry), $3, $4) from spent) as "failed!"
        "#,
        judge as _,
        ATTEMPTS,
        ErrorCode::WorkerLost.name(),
        "the worker was lost in every attempt to render this job",
    )
    .fetch_one(db)
    .await?;
    Ok(Reaped { queued: row.queued, failed: row.failed })
}
