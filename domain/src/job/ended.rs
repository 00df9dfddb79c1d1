//! Waiting for the end: which jobs, of all that somebody waits for, have ended.

use crate::id::JobId;
use crate::{Db, DbError};

/// Tells which of these jobs have ended, or never were: a job is in the queue, or it has
/// ended. (Asked so that each is looked up by its key: a join could be planned as a walk of
/// the queue.)
pub async fn ended(db: &Db, jobs: &[JobId]) -> Result<Vec<JobId>, DbError> {
    sqlx::query_scalar!(
        r#"
        select asked.job as "job!: JobId"
        from unnest($1::uuid[]) as asked (job)
        where (select true from queue where queue.job = asked.job) is not true
        "#,
        jobs as _,
    )
    .fetch_all(db)
    .await
}
