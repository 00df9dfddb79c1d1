//! Invariants of what is stored for a limited time: results, sources, idempotency keys.

use super::day::{Day, MAX_ROWS};
use crate::{Db, DbError};

pub(super) async fn without_result(db: &Db, day: Day) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format('job %s: completed by lease %s, no such result', job.id, job.lease) as "row!"
        from job
        left join lateral (
            select result.job from result
            where result.slot = job.slot and result.job = job.id and result.lease = job.lease
            limit 1
        ) as result on true
        where job.id >= $1 and job.id < $2
            and job.state = 'completed' and job.expires_at > now() and result.job is null
        limit $3
        "#,
        day.first,
        day.next,
        MAX_ROWS,
    )
    .fetch_all(db)
    .await
}

pub(super) async fn without_job(db: &Db, day: Day) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format('result of job %s: lease %s, account %s', result.job, result.lease, result.account) as "row!"
        from result
        left join lateral (
            select * from job where job.id = result.job and job.id >= $1 and job.id < $2 limit 1
        ) as job on true
        where result.job >= $1 and result.job < $2
            and (
                job.id is null
                or job.state is distinct from 'completed'
                or job.account <> result.account
                or job.lease <> result.lease
            )
        limit $3
        "#,
        day.first,
        day.next,
        MAX_ROWS,
    )
    .fetch_all(db)
    .await
}

pub(super) async fn without_source(db: &Db, day: Day) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format('job %s: no source in bucket %s', job.id, job.source_slot) as "row!"
        from queue
        cross join lateral (
            select * from job where job.id = queue.job and job.id >= $1 and job.id < $2 limit 1
        ) as job
        left join lateral (
            select source.job from source where source.slot = job.source_slot and source.job = job.id limit 1
        ) as source on true
        where queue.job >= $1 and queue.job < $2
            and job.source_slot is not null and source.job is null
        limit $3
        "#,
        day.first,
        day.next,
        MAX_ROWS,
    )
    .fetch_all(db)
    .await
}

/// A bucket is truncated once everything in it has expired, so its first result is late by the
/// width of a bucket, and by more if the retention was changed or a job waits for its source.
pub(super) async fn unswept(db: &Db) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format('result of job %s: expired at %s, still in bucket %s', job, expires_at, slot) as "row!"
        from result
        where expires_at < now() - retention() / 24 - interval '1 hour'
            and slot = any(array(select slot::smallint from generate_series(0, 31) as slot where not is_kept(slot::smallint)))
        limit $1
        "#,
        MAX_ROWS,
    )
    .fetch_all(db)
    .await
}

pub(super) async fn misowned_keys(db: &Db) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format('key %s of account %s: job %s', idempotency.key, idempotency.account, referred.job) as "row!"
        from idempotency
        cross join lateral unnest(idempotency.jobs) as referred (job)
        left join lateral (select * from job where job.id = referred.job limit 1) as job on true
        where idempotency.created_at > now() - interval '24 hours'
            and (job.id is null or job.account <> idempotency.account)
        limit $1
        "#,
        MAX_ROWS,
    )
    .fetch_all(db)
    .await
}
