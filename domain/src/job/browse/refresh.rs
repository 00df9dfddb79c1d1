//! Refreshing: what has become of the jobs on the screen.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::JobId;
use crate::job::error_code::ErrorCode;
use crate::job::state::JobState;
use crate::{Db, DbError};

/// How many jobs are refreshed at once: as many as a screen shows.
pub const MAX_REFRESHED: usize = 64;

/// What changes of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobProgress {
    /// The job.
    pub id: JobId,
    /// Its state.
    pub state: JobState,
    /// The attempts made so far.
    pub attempt: i16,
    /// When the last attempt started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error_code: Option<ErrorCode>,
}

/// Returns the state of jobs, of the first [`MAX_REFRESHED`] ids.
pub async fn refresh(db: &Db, jobs: &[JobId]) -> Result<Vec<JobProgress>, DbError> {
    let jobs = jobs.get(..MAX_REFRESHED).unwrap_or(jobs);
    sqlx::query_as!(
        JobProgress,
        r#"
        select
            job.id as "id!: JobId",
            job.state as "state!: JobState",
            job.attempt as "attempt!",
            job.started_at,
            job.completed_at,
            job.error_code as "error_code: ErrorCode"
        from unnest($1::uuid[]) as asked (id)
        cross join lateral (
            select
                job.id, state_of(job.state, entry.lease) as state,
                coalesce(job.attempt, entry.attempt, 0::smallint) as attempt,
                coalesce(job.started_at, entry.started_at) as started_at, job.completed_at, job.error_code
            from job
            left join lateral (
                select lease, attempt, started_at from queue
                where job.state is null and queue.job = job.id
                offset 0
            ) as entry on true
            where job.id = asked.id
            offset 0
        ) as job
        "#,
        jobs as _,
    )
    .fetch_all(db)
    .await
}
