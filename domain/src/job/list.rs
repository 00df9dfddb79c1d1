//! Listing: summaries of the newest jobs, for operators.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::error_code::ErrorCode;
use super::state::JobState;
use crate::id::JobId;
use crate::options::JobType;
use crate::{Db, DbError};

/// A summary of a job.
#[derive(Debug, Clone, Serialize)]
pub struct JobSummary {
    /// The job.
    pub id: JobId,
    /// The name of its account.
    pub account: String,
    /// The kind of file it makes.
    #[serde(rename = "type")]
    pub kind: JobType,
    /// Its state.
    pub state: JobState,
    /// The attempts made so far.
    pub attempt: i16,
    /// When it was submitted.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error_code: Option<ErrorCode>,
}

/// Lists the newest jobs of one account, or of all accounts.
pub async fn list(db: &Db, account: Option<&str>, limit: i64) -> Result<Vec<JobSummary>, DbError> {
    sqlx::query_as!(
        JobSummary,
        r#"
        select
            job.id as "id: JobId",
            account.name as account,
            job.type as "kind: JobType",
            state_of(job.state, queue.lease) as "state!: JobState",
            coalesce(job.attempt, queue.attempt, 0::smallint) as "attempt!",
            job.created_at,
            job.completed_at,
            job.error_code as "error_code: ErrorCode"
        from job
        join account on account.id = job.account
        left join queue on queue.job = job.id
        where $1::text is null or account.name = $1
        order by job.id desc
        limit $2
        "#,
        account,
        limit,
    )
    .fetch_all(db)
    .await
}
