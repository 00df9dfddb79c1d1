//! Paging: an account's jobs, newest first, a page at a time.

mod cursor;
mod filter;
mod window;

pub use cursor::{Cursor, InvalidCursor};
pub use filter::{InvalidReference, JobFilter, Reference};
pub use window::MAX_EXAMINED;

use sqlx::types::Json;

use super::blocked::Blocked;
use super::details::Job;
use super::error_code::ErrorCode;
use super::rendered::Timings;
use super::report::RenderReport;
use super::row::JobRow;
use super::state::JobState;
use crate::id::{AccountId, BatchId, JobId};
use crate::key::Caller;
use crate::options::JobType;
use crate::{Db, DbError};

/// A page of a list of jobs.
#[derive(Debug)]
pub struct Page {
    /// The jobs, newest first.
    pub jobs: Vec<Job>,
    /// Where the next page starts; `None` on the last page.
    pub next: Option<Cursor>,
}

/// Returns the next `limit` jobs of the caller that pass the filter, newest first.
///
/// At most [`MAX_EXAMINED`] jobs are read, so a page may have fewer jobs than `limit`, or none,
/// although there are more: only a page without `next` is the last one. Jobs that are submitted
/// between two pages are on no later one, so no job is on two pages.
pub async fn page(
    db: &Db,
    caller: &Caller,
    filter: &JobFilter,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Page, DbError> {
    let mut jobs: Vec<Job> = matching(db, caller, filter, after, limit + 1).await?.into_iter().map(Job::from).collect();
    let limit = usize::try_from(limit).unwrap_or(0);
    let next = if jobs.len() > limit {
        jobs.truncate(limit);
        jobs.last().map(|job| Cursor::after(job.id))
    } else if filter.passes_everything() {
        None
    } else {
        window::end(db, caller, filter, after).await?.map(Cursor::after)
    };
    Ok(Page { jobs, next })
}

/// The three parts of `examined` are alternatives, each with an index of its own. They are read
/// only until enough jobs have passed the filter.
async fn matching(
    db: &Db,
    caller: &Caller,
    filter: &JobFilter,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<JobRow>, DbError> {
    sqlx::query_as!(
        JobRow,
        r#"
        with first as materialized (
            select coalesce(uuid_at(greatest($5::timestamptz - interval '1 hour', 'epoch')), uuid_at('epoch')) as job
        ), matched as materialized (
            select id
            from (
                (
                    select id, type, state, reference, created_at from job
                    where $3::text is null and $4::uuid is null
                        and account = $1 and id < $2 and id >= (select job from first)
                    order by id desc
                    limit 5000
                ) union all (
                    select id, type, state, reference, created_at from job
                    where $4 is null
                        and account = $1 and reference = $3 and id < $2 and id >= (select job from first)
                    order by id desc
                    limit 5000
                ) union all (
                    select id, type, state, reference, created_at
                    from (
                        select id, account, type, state, reference, created_at from job
                        where batch = $4
                        -- By the index on the batch, never by the one on the account.
                        offset 0
                    ) as job
                    where account = $1 and id < $2
                    order by id desc
                    limit 5000
                )
            ) as examined
            where ($3 is null or reference = $3)
                and ($5::timestamptz is null or created_at >= $5)
                and ($6::job_type is null or type = $6)
                and (
                    $7::job_state is null
                    or state_of(
                        state,
                        case when state is null then (select lease from queue where queue.job = examined.id) end
                    ) = $7
                )
            order by id desc
            limit $8
        )
        select
            job.id as "id!: JobId",
            job.account as "account!: AccountId",
            job.kind as "kind!: JobType",
            job.state as "state!: JobState",
            job.options as "options!",
            job.had_secrets as "had_secrets!",
            job.batch as "batch: BatchId",
            job.reference,
            job.cost as "cost!",
            job.refunded as "refunded!",
            job.attempt as "attempt!",
            job.created_at as "created_at!",
            job.started_at,
            job.completed_at,
            job.expires_at,
            job.error_code as "error_code: ErrorCode",
            job.error_message,
            job.timings as "timings: Json<Timings>",
            job.blocked as "blocked: Json<Blocked>",
            job.report as "report: Json<RenderReport>",
            null::bigint as queue_position
        from matched
        cross join lateral (
            select
                job.id, job.account, job.type as kind, state_of(job.state, queue.lease) as state, job.options,
                job.had_secrets, job.batch, job.reference, job.cost,
                case when job.state = 'failed' then job.cost else 0 end as refunded,
                coalesce(job.attempt, queue.attempt, 0::smallint) as attempt,
                job.created_at, coalesce(job.started_at, queue.started_at) as started_at, job.completed_at,
                job.expires_at, job.error_code, job.error_message, job.timings, job.blocked, job.report
            from job
            left join queue on queue.job = job.id
            where job.id = matched.id
            -- Each is looked up by its key: a join could be planned as a scan of all jobs.
            offset 0
        ) as job
        order by job.id desc
        "#,
        caller.account() as _,
        after.map_or(JobId::LAST, Cursor::job) as _,
        filter.reference(),
        filter.batch as _,
        filter.since(),
        filter.kind as _,
        filter.state as _,
        limit,
    )
    .fetch_all(db)
    .await
}
