//! Fetching: everything about one job.

use sqlx::types::Json;

use super::blocked::Blocked;
use super::details::Job;
use super::error_code::ErrorCode;
use super::lane::PREFERENCE_WINDOW;
use super::rendered::Timings;
use super::report::RenderReport;
use super::row::JobRow;
use super::state::JobState;
use crate::id::{AccountId, BatchId, JobId};
use crate::key::Caller;
use crate::options::JobType;
use crate::{Db, DbError};

/// The last place in the queue that is counted. The count reads an index entry per job, and
/// clients poll, so it must not depend on the length of the queue.
///
/// Claims start at the clock of a lane. Jobs below it are rare and within
/// [`PREFERENCE_WINDOW`] places of it; what else was there has been claimed, and its dead rows
/// need not be read.
pub const MAX_QUEUE_POSITION: i64 = 1000;

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
    let row = sqlx::query_as!(
        JobRow,
        r#"
        select
            job.id as "id: JobId",
            job.account as "account: AccountId",
            job.type as "kind: JobType",
            state_of(job.state, queue.lease) as "state!: JobState",
            job.options,
            job.had_secrets,
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
            job.report as "report: Json<RenderReport>",
            case when queue.lease is null and not queue.parked and ahead.jobs < $3 then ahead.jobs + 1 end
                as queue_position
        from job
        left join queue on queue.job = job.id
        left join lateral (
            select count(*) as jobs from (
                select from queue as earlier
                where queue.lease is null and not queue.parked
                    and earlier.lease is null and not earlier.parked
                    and earlier.lane = queue.lane
                    and earlier.fair_tag >= lane_clock(queue.lane) - $4 * fair_step()
                    and (earlier.fair_tag, earlier.job) < (queue.fair_tag, queue.job)
                limit $3
            ) as earlier
        ) as ahead on true
        where job.id = $1 and ($2::uuid is null or job.account = $2)
        "#,
        job as _,
        account as _,
        MAX_QUEUE_POSITION,
        PREFERENCE_WINDOW,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Job::from))
}
