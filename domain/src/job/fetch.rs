//! Fetching: everything about one job.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::types::Json;

use super::blocked::Blocked;
use super::error_code::ErrorCode;
use super::rendered::Timings;
use super::report::RenderReport;
use super::state::JobState;
use crate::id::{AccountId, BatchId, JobId};
use crate::key::Caller;
use crate::options::JobType;
use crate::options::stored::StoredOptions;
use crate::{Db, DbError};

/// Everything about one job.
#[derive(Debug, Clone, Serialize)]
pub struct Job {
    /// The job.
    pub id: JobId,
    /// The account that paid for it.
    pub account: AccountId,
    /// The kind of file it makes.
    #[serde(rename = "type")]
    pub kind: JobType,
    /// Its state.
    pub state: JobState,
    /// The format of the file, by its wire name; empty if a later version stored the options.
    pub format: &'static str,
    /// The options, as they are stored.
    pub options: Value,
    /// The batch it belongs to.
    pub batch: Option<BatchId>,
    /// The customer's own name for it.
    pub reference: Option<String>,
    /// The credits debited for it.
    pub cost: i32,
    /// The credits refunded: all of them if it failed.
    pub refunded: i32,
    /// The attempts made so far.
    pub attempt: i16,
    /// When it was submitted.
    pub created_at: DateTime<Utc>,
    /// When its last attempt started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// When its result expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// Why it failed, for programs.
    pub error_code: Option<ErrorCode>,
    /// Why it failed, for people.
    pub error_message: Option<String>,
    /// How long each phase of its last render took.
    pub timings: Option<Timings>,
    /// What its page was denied.
    pub blocked: Blocked,
    /// What its last render reported.
    pub report: RenderReport,
}

impl Job {
    /// The credits that it has cost by now.
    pub fn credits_used(&self) -> i32 {
        self.cost - self.refunded
    }
}

/// Fetches one of the caller's jobs; `None` if it does not exist or is another account's.
pub async fn fetch(db: &Db, caller: &Caller, job: JobId) -> Result<Option<Job>, DbError> {
    let account = caller.account();
    #[cfg(feature = "mutant-owner")]
    let account = crate::mutant::owner(db, job, account).await;
    find(db, job, Some(account)).await
}

/// Fetches any job, for operators.
pub async fn show(db: &Db, job: JobId) -> Result<Option<Job>, DbError> {
    find(db, job, None).await
}

async fn find(db: &Db, job: JobId, account: Option<AccountId>) -> Result<Option<Job>, DbError> {
    let row = sqlx::query!(
        r#"
        select
            job.id as "id: JobId",
            job.account as "account: AccountId",
            job.type as "kind: JobType",
            state_of(job.state, queue.lease) as "state!: JobState",
            job.options,
            job.batch as "batch: BatchId",
            job.reference,
            job.cost,
            case when job.state = 'failed' then job.cost else 0 end as "refunded!",
            coalesce(job.attempt, queue.attempt, 0::smallint) as "attempt!",
            job.created_at,
            coalesce(job.started_at, queue.started_at) as started_at,
            job.completed_at,
            job.expires_at,
            job.error_code as "error_code: ErrorCode",
            job.error_message,
            job.timings as "timings: Json<Timings>",
            job.blocked as "blocked: Json<Blocked>",
            job.report as "report: Json<RenderReport>"
        from job
        left join queue on queue.job = job.id
        where job.id = $1 and ($2::uuid is null or job.account = $2)
        "#,
        job as _,
        account as _,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Job {
        id: row.id,
        account: row.account,
        kind: row.kind,
        state: row.state,
        format: format_of(&row.options),
        options: row.options,
        batch: row.batch,
        reference: row.reference,
        cost: row.cost,
        refunded: row.refunded,
        attempt: row.attempt,
        created_at: row.created_at,
        started_at: row.started_at,
        completed_at: row.completed_at,
        expires_at: row.expires_at,
        error_code: row.error_code,
        error_message: row.error_message,
        timings: row.timings.map(|timings| timings.0),
        blocked: row.blocked.map(|blocked| blocked.0).unwrap_or_default(),
        report: row.report.map(|report| report.0).unwrap_or_default(),
    }))
}

fn format_of(options: &Value) -> &'static str {
    StoredOptions::deserialize(options).map_or("", |stored| stored.into_parts().1.output.format())
}
