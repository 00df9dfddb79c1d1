//! Outcomes: what became of a write whose response was lost.

use sqlx::types::Json;

use super::announce::{announce_completed, announce_failed};
use super::ended::{CompletedJob, FailedJob};
use super::{ErrorCode, Fence, JobState, Timings};
use crate::id::AccountId;
use crate::{Db, DbError};

/// Returns how the job of a lease ended under it; `None` if it did not, for example because
/// the job was cancelled first. If it ended as this lease tried to end it, the write happened
/// and is counted here, because its own count was lost with its response.
///
/// Call it once, after a write by this lease returned [`LeaseError::Db`](super::LeaseError::Db).
pub async fn outcome_of(db: &Db, fence: Fence, attempted: Option<JobState>) -> Result<Option<JobState>, DbError> {
    let row = sqlx::query!(
        r#"
        select
            job.state as "state!: JobState",
            job.timings as "timings: Json<Timings>",
            job.error_code as "error_code: ErrorCode",
            job.type::text as "kind!",
            job.account as "account: AccountId",
            job.cost,
            job.expires_at,
            (extract(epoch from job.started_at - job.created_at) * 1000)::bigint as wait_ms,
            (extract(epoch from job.completed_at - job.started_at) * 1000)::bigint as render_ms,
            stored.size as "size?"
        from job
        left join lateral result_about(job.slot, job.id) as stored on job.state = 'completed'
        where job.id = $1 and job.lease = $2
            and job.state is not null and job.error_code is distinct from $3
        "#,
        fence.job as _,
        fence.number,
        ErrorCode::Cancelled.name(),
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    match row.state {
        state if attempted != Some(state) => {}
        JobState::Completed => {
            let job = CompletedJob {
                id: fence.job,
                kind: row.kind,
                bytes: row.size.and_then(|size| usize::try_from(size).ok()).unwrap_or_default(),
                expires_at: row.expires_at.unwrap_or_default(),
                wait_ms: row.wait_ms,
                render_ms: row.render_ms,
                work_ms: row.timings.map_or(0, |timings| timings.0.total_ms),
            };
            announce_completed(db, &job);
        }
        JobState::Failed => {
            let code = row.error_code.unwrap_or(ErrorCode::WorkerLost);
            let job = FailedJob {
                kind: row.kind,
                account: row.account,
                credits: row.cost.into(),
                wait_ms: row.wait_ms,
                render_ms: row.render_ms,
            };
            announce_failed(db, &code, &[job]);
        }
        JobState::Queued | JobState::Processing => {}
    }
    Ok(Some(row.state))
}
