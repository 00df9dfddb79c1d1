//! Fetching: what is known of one job.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::types::Json;

use super::{Blocked, JobType, State, Timings};
use crate::id::{AccountId, BatchId, JobId};
use crate::key::Caller;
use crate::render::Options;
use crate::{Db, DbError};

/// A job, as it stands.
#[derive(Debug, Clone, Serialize)]
pub struct Job {
    /// By which it is asked after.
    pub id: JobId,
    /// Who paid.
    pub account: AccountId,
    /// What kind of file it makes.
    #[serde(rename = "type")]
    pub kind: JobType,
    /// Where it stands.
    pub state: State,
    /// The format of the file, by its wire name; empty in words that this version does not
    /// know.
    pub format: &'static str,
    /// What was asked for, as it is kept.
    pub options: Value,
    /// With which others it was submitted.
    pub batch: Option<BatchId>,
    /// The customer's own word for it.
    pub reference: Option<String>,
    /// How often it was claimed.
    pub attempt: i16,
    /// When it was submitted.
    pub created_at: DateTime<Utc>,
    /// When its last attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// When its result is gone.
    pub expires_at: Option<DateTime<Utc>>,
    /// Why it failed, for programs.
    pub error_code: Option<String>,
    /// Why it failed, for people.
    pub error_message: Option<String>,
    /// Where the time went.
    pub timings: Option<Timings>,
    /// What the page was kept from reaching.
    pub blocked: Blocked,
}

/// Fetches one of the caller's jobs. Another's is as unknown as one that never was.
pub async fn fetch(db: &Db, caller: &Caller, job: JobId) -> Result<Option<Job>, DbError> {
    let account = caller.account();
    #[cfg(feature = "mutant-owner")]
    let account = crate::mutant::owner(db, job, account).await;
    find(db, job, Some(account)).await
}

/// Shows any job, to the operator.
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
            state_of(job.state, queue.lease) as "state!: State",
            job.options,
            job.batch as "batch: BatchId",
            job.reference,
            coalesce(job.attempt, queue.attempt, 0::smallint) as "attempt!",
            job.created_at,
            coalesce(job.started_at, queue.started_at) as started_at,
            job.completed_at,
            job.expires_at,
            job.error_code,
            job.error_message,
            job.timings as "timings: Json<Timings>",
            job.blocked as "blocked: Json<Blocked>"
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
        format: Options::deserialize(&row.options).map(|options| options.output.format()).unwrap_or_default(),
        options: row.options,
        batch: row.batch,
        reference: row.reference,
        attempt: row.attempt,
        created_at: row.created_at,
        started_at: row.started_at,
        completed_at: row.completed_at,
        expires_at: row.expires_at,
        error_code: row.error_code,
        error_message: row.error_message,
        timings: row.timings.map(|timings| timings.0),
        blocked: row.blocked.map(|blocked| blocked.0).unwrap_or_default(),
    }))
}
