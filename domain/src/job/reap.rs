//! Reaping: jobs whose leases lapsed get another attempt, or fail.

use sqlx::types::Json;

use super::announce::{announce_failed, announce_queued};
use super::ended::FailedJob;
use super::error_code::ErrorCode;
use super::metrics::{self, Verb, known};
use super::state::MAX_ATTEMPTS;
use crate::id::WorkerId;
use crate::{Db, DbError};

/// How many jobs were reaped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reaped {
    /// Queued again.
    pub queued: i64,
    /// Failed and refunded, because their attempts were spent.
    pub failed: i64,
}

/// Reaps jobs whose lease is past its deadline or whose worker is dead, at most 500 per call.
///
/// Any number of workers may reap at once. A `reaper` whose own beats had a gap, or that has
/// not beaten since, reaps nothing. Lapsed leases are found first and locked afterwards, by
/// their number: while a lock is waited for, another worker may have claimed the row, and a
/// lease that is still there is the same lease.
pub async fn reap(db: &Db, reaper: WorkerId) -> Result<Reaped, DbError> {
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
        ), locked as materialized (
            select job, lease, attempt, worker
            from queue
            where deadline is not null and lease = any(array(select lease from lapsed))
            for update skip locked
        ), requeued as (
            update queue
            set lease = null,
                worker = null,
                started_at = null,
                deadline = null,
                fair_tag = next_fair_tag(lane)
            where job = any(array(select job from locked where attempt < $2))
                and lease = any(array(select lease from locked))
            returning job
        ), exhausted as (
            delete from queue
            where job = any(array(select job from locked where attempt >= $2))
                and lease = any(array(select lease from locked))
            returning queue as entry
        ), new_event as (
            insert into event (kind, job, worker, message)
            select
                'job.lapsed',
                job,
                worker,
                format('attempt %s: %s', attempt, case when attempt < $2 then 'queued again' else 'failed, refunded' end)
            from locked
        )
        select
            (select count(*) from requeued) as "queued!",
            (select end_failed(array_agg(entry), $3, $4) from exhausted) as "failed!",
            (select describe_ended(array_agg(entry)) from exhausted) as "ended!: Json<Vec<FailedJob>>"
        "#,
        reaper as _,
        MAX_ATTEMPTS,
        ErrorCode::WorkerLost.name(),
        "the worker was lost in every attempt to render this job",
    );
    let row = known(Verb::Reap, row.fetch_one(db).await)?;
    metrics::lapsed(row.queued, row.failed);
    announce_queued(db, row.queued);
    announce_failed(db, &ErrorCode::WorkerLost, &row.ended.0);
    Ok(Reaped { queued: row.queued, failed: row.failed })
}
