//! Waiting for ends: which of many jobs have ended.

use crate::id::JobId;
use crate::{Db, DbError};

/// Returns those of the jobs that have ended or never existed: a job is in the queue, or it
/// has ended. The subquery looks each of them up by its key; a join could be planned as a
/// scan of the queue.
pub async fn ended_among(db: &Db, jobs: &[JobId]) -> Result<Vec<JobId>, DbError> {
    sqlx::query_scalar!(
        r#"
        select waited.job as "job!: JobId"
        from unnest($1::uuid[]) as waited (job)
        where (select true from queue where queue.job = waited.job) is not true
        "#,
        jobs as _,
    )
    .fetch_all(db)
    .await
}
