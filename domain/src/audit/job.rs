//! Invariants of jobs.

use std::time::Duration;

use super::day::{Day, MAX_ROWS};
use crate::db::interval;
use crate::{Db, DbError};

/// How much longer than its limit a job may be unfinished: the time until a worker looks.
const TOLERANCE: Duration = Duration::from_hours(1);

pub(super) async fn in_two_places(db: &Db, day: Day) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format(
            'job %s: %s, %s',
            coalesce(recorded.id, waiting.job),
            coalesce(recorded.state::text, case when recorded.id is null then 'unknown' else 'unfinished' end),
            case when waiting.job is null then 'not in the queue' else 'in the queue' end
        ) as "row!"
        from (select id, account, cost, state from job where id >= $1 and id < $2) as recorded
        full join (select job, account, cost from queue where job >= $1 and job < $2) as waiting on waiting.job = recorded.id
        where recorded.id is null
            or (recorded.state is null) <> (waiting.job is not null)
            or (waiting.job is not null and (waiting.account <> recorded.account or waiting.cost <> recorded.cost))
        limit $3
        "#,
        day.first,
        day.next,
        MAX_ROWS,
    )
    .fetch_all(db)
    .await
}

/// A failure whose job has been dropped is left out, and so is a job whose failure was deleted, or that failed before
/// failures were stored: both are as old as the oldest failure, or older.
pub(super) async fn without_failure(db: &Db, day: Day) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format(
            'job %s: %s %s, failure %s', job.id, job.state, job.error_code, coalesce(failure.code, 'missing')
        ) as "row!"
        from (select * from job where id >= $1 and id < $2) as job
        left join lateral (select * from failure where failure.job = job.id limit 1) as failure on true
        where case
            when failure.job is null then
                job.state = 'failed' and job.completed_at > (select at from failure order by at limit 1)
            else
                (job.state, job.error_code, job.type, job.account) is distinct from
                    ('failed'::job_state, failure.code, failure.type, failure.account)
        end
        limit $3
        "#,
        day.first,
        day.next,
        MAX_ROWS,
    )
    .fetch_all(db)
    .await
}

pub(super) async fn too_old(db: &Db, max_age: Duration) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format('job %s: unfinished since %s', job, created_at) as "row!"
        from queue
        where created_at < now() - $1::interval
        limit $2
        "#,
        interval(max_age + TOLERANCE),
        MAX_ROWS,
    )
    .fetch_all(db)
    .await
}
