//! Origins: which request submitted a job, and which worker ended it, for operators.

use serde::Serialize;

use crate::id::{JobId, KeyId, WorkerId};
use crate::{Db, DbError};

/// What leads from a job to the logs and traces of the processes that dealt with it.
#[derive(Debug, Clone, Serialize)]
pub struct JobOrigin {
    /// The key that submitted it.
    pub key: KeyId,
    /// The id of the request that submitted it; `None` for jobs of versions that did not store it.
    pub request_id: Option<String>,
    /// The place in a trace that its spans refer to, as W3C Trace Context writes it.
    pub traceparent: Option<String>,
    /// The worker that renders it, or that ended it.
    pub worker: Option<WorkerId>,
    /// The name of this worker, while the database remembers it.
    pub worker_name: Option<String>,
}

/// Returns where a job comes from; `None` if it does not exist.
pub async fn origin(db: &Db, job: JobId) -> Result<Option<JobOrigin>, DbError> {
    sqlx::query_as!(
        JobOrigin,
        r#"
        select
            job.key as "key!: KeyId",
            job.request_id,
            job.traceparent,
            coalesce(job.worker, queue.worker) as "worker: WorkerId",
            worker.name as "worker_name?"
        from job
        left join queue on queue.job = job.id
        left join worker on worker.id = coalesce(job.worker, queue.worker)
        where job.id = $1
        "#,
        job as _,
    )
    .fetch_optional(db)
    .await
}
