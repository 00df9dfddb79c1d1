//! Invariants of secrets.

use super::day::{Day, MAX_ROWS};
use crate::{Db, DbError};

/// Jobs that have ended, or do not exist, and still have secrets.
pub(super) async fn of_ended_jobs(db: &Db, day: Day) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format('secrets of job %s: it is not in the queue', secret.job) as "row!"
        from secret
        left join lateral (select queue.job from queue where queue.job = secret.job limit 1) as queue on true
        where secret.job >= $1 and secret.job < $2 and queue.job is null
        limit $3
        "#,
        day.first,
        day.next,
        MAX_ROWS,
    )
    .fetch_all(db)
    .await
}

/// Jobs whose render would miss its secrets, or use those of another account.
pub(super) async fn missing(db: &Db, day: Day) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"
        select format('job %s of account %s: secrets of account %s', job.id, job.account, secret.account) as "row!"
        from queue
        cross join lateral (
            select * from job where job.id = queue.job and job.id >= $1 and job.id < $2 limit 1
        ) as job
        left join lateral (
            select secret.job, secret.account from secret where secret.job = queue.job limit 1
        ) as secret on true
        where queue.job >= $1 and queue.job < $2
            and (job.had_secrets <> (secret.job is not null) or secret.account <> job.account)
        limit $3
        "#,
        day.first,
        day.next,
        MAX_ROWS,
    )
    .fetch_all(db)
    .await
}
