//! A page of a selection, newest first.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::JobLine;
use super::selection::{Selection, Shape};
use crate::id::{BatchId, JobId};
use crate::job::error_code::ErrorCode;
use crate::job::state::JobState;
use crate::options::JobType;
use crate::{Db, DbError};

/// How many jobs a page has at most. Each is read by its id, with three buffers for it, and four for its account unless
/// another has the same.
pub const PAGE_SIZE: i64 = 24;

/// How far back all jobs are searched first.
const RECENT: Duration = Duration::from_hours(6);

/// How many jobs are examined for a page at most.
pub const SCAN_SIZE: i64 = 20_000;

/// A page of a selection.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct JobPage {
    /// The jobs, newest first.
    pub jobs: Vec<JobLine>,
    /// Where the next page starts: before this job. `None` on the last page.
    pub next: Option<JobId>,
    /// Whether [`SCAN_SIZE`] jobs were examined without filling the page. The next one goes on.
    pub is_scan_limited: bool,
}

/// Returns the jobs of a selection before a job, newest first: at most `limit`, and among the first [`SCAN_SIZE`] that
/// have to be examined.
///
/// The parts of `examined` are alternatives, one for each [`Shape`](super::Shape). They are read only until enough jobs match.
///
/// Among all jobs, the last hours are searched first: opening the partitions of 30 days costs more than a page.
pub async fn browse(db: &Db, selection: &Selection, before: Option<JobId>, limit: i64) -> Result<JobPage, DbError> {
    if selection.shape() == Shape::All && selection.since.is_none() {
        let first = before.unwrap_or_else(JobId::new).earlier(RECENT);
        let page = browse_from(db, selection, Some(first), before, limit).await?;
        if page.next.is_some() {
            return Ok(page);
        }
    }
    browse_from(db, selection, None, before, limit).await
}

/// Returns the jobs of a selection from one job to another.
#[expect(clippy::too_many_lines, reason = "it is one statement")]
async fn browse_from(
    db: &Db,
    selection: &Selection,
    first: Option<JobId>,
    before: Option<JobId>,
    limit: i64,
) -> Result<JobPage, DbError> {
    let shape: &'static str = selection.shape().into();
    let ((since_at, since_ago), (until_at, until_ago)) = (selection.since_at(), selection.until_at());
    let rows = sqlx::query_as!(
        Row,
        r#"
        with named as materialized (
            select
                (select id from account where name = $4) as account,
                coalesce($17::timestamptz, now() - make_interval(secs => $18)) as since,
                coalesce($19::timestamptz, now() - make_interval(secs => $20)) as until,
                (
                    select array_agg(id) from worker
                    where name = $7 or id::text = $7
                ) as workers
        ), bounds as materialized (
            select
                greatest(
                    coalesce(uuid_at(greatest(since - interval '1 hour', 'epoch')), uuid_at('epoch')), $22::uuid
                ) as first,
                least($2, coalesce(uuid_at(until + interval '1 hour'), $2)) as last
            from named
        ), examined as materialized (
            (
                select id from job where $1 = 'id' and id = $3 and id < $2 order by id desc limit $16
            ) union all (
                select id from job where $1 = 'batch' and batch = $8 and id < $2 order by id desc limit $16
            ) union all (
                select job as id from failure
                where $1 = 'failed_of_account' and account = (select account from named)
                    and job < (select last from bounds) and job >= (select first from bounds)
                order by job desc limit $16
            ) union all (
                select failed.job as id
                from (select unnest(workers) as id from named where $1 = 'failed_of_worker') as one
                cross join lateral (
                    select job from failure
                    where worker = one.id
                        and job < (select last from bounds) and job >= (select first from bounds)
                    order by job desc limit $16
                ) as failed
                order by failed.job desc limit $16
            ) union all (
                select job as id from failure
                where $1 = 'failed_of_code' and code = $6
                    and job < (select last from bounds) and job >= (select first from bounds)
                order by job desc limit $16
            ) union all (
                select job as id from failure
                where $1 = 'failed' and job < (select last from bounds) and job >= (select first from bounds)
                order by job desc limit $16
            ) union all (
                select job as id from queue
                where $1 = 'unfinished' and (lease is null) = ($5::job_state = 'queued')
                    and job < (select last from bounds) and job >= (select first from bounds)
                order by job desc limit $16
            ) union all (
                select id from job
                where $1 = 'account' and account = (select account from named)
                    and id < (select last from bounds) and id >= (select first from bounds)
                order by id desc limit $16
            ) union all (
                select id from job
                where $1 = 'all' and id < (select last from bounds) and id >= (select first from bounds)
                order by id desc limit $16
            )
            order by id desc
        ), matched as materialized (
            -- In the order of `examined`, of which no more is read than is needed.
            select job.*
            from examined
            cross join lateral (
                select
                    job.id, job.account, job.key, job.type, state_of(job.state, entry.lease) as state,
                    coalesce(job.attempt, entry.attempt, 0::smallint) as attempt,
                    job.options #>> '{page,url}' as url,
                    job.created_at, coalesce(job.started_at, entry.started_at) as started_at, job.completed_at,
                    coalesce(job.worker, entry.worker) as worker, job.error_code, job.error_message, job.cost, job.batch,
                    job.reference, job.request_id
                from job
                left join lateral (
                    select lease, attempt, started_at, worker from queue
                    where job.state is null and queue.job = job.id
                    offset 0
                ) as entry on true
                where job.id = examined.id
                -- Each is looked up by its key: a join could be planned as a scan of all jobs.
                offset 0
            ) as job, named
            where ($4::text is null or job.account = named.account)
                and ($5::job_state is null or job.state = $5)
                and ($6::text is null or job.error_code = $6)
                and ($7::text is null or job.worker = any(named.workers) or job.worker::text = $7)
                and ($8::uuid is null or job.batch = $8)
                and ($9::job_type is null or job.type = $9)
                and ($10::text is null or job.key = $10)
                and ($11::text is null or job.request_id = $11)
                and ($12::text is null or job.reference = $12)
                and ($13::smallint is null or job.attempt > $13)
                and ($14::float8 is null or coalesce(job.started_at, now()) - job.created_at > make_interval(secs => $14))
                and ($15::text is null or strpos(job.url, $15) > 0)
                and (named.since is null or job.created_at >= named.since)
                and (named.until is null or job.created_at < named.until)
            limit $21
        ), account_of_match as materialized (
            select account.id, account.name
            from (select distinct account from matched) as one
            cross join lateral (select id, name from account where id = one.account offset 0) as account
        ), known_worker as materialized (
            -- There are a few hundred.
            select id, name from worker
        )
        select
            (
                select case when count(*) < $21 then (select id from examined offset $16 - 1 limit 1) end from matched
            ) as "scan_end: JobId",
            matched.id as "id?: JobId",
            coalesce(account.name, matched.account::text, '') as "account!",
            matched.key as "key?",
            matched.type as "kind?: JobType",
            matched.state as "state?: JobState",
            matched.attempt as "attempt?",
            coalesce(matched.url, 'html') as "source!",
            matched.created_at as "created_at?",
            matched.started_at,
            matched.completed_at,
            coalesce(worker.name, matched.worker::text) as worker,
            matched.error_code as "error_code: ErrorCode",
            matched.error_message,
            matched.cost as "cost?",
            matched.batch as "batch: BatchId",
            matched.reference
        from named
        left join matched on true
        left join account_of_match as account on account.id = matched.account
        left join known_worker as worker on worker.id = matched.worker
        order by matched.id desc
        "#,
        shape,
        before.unwrap_or(JobId::LAST) as _,
        selection.id as _,
        selection.account,
        selection.state as _,
        selection.error.as_ref().map(ErrorCode::name),
        selection.worker,
        selection.batch as _,
        selection.kind as _,
        selection.key,
        selection.request,
        selection.reference,
        selection.attempts_over,
        selection.wait_over_s,
        selection.url,
        SCAN_SIZE,
        since_at,
        since_ago,
        until_at,
        until_ago,
        limit + 1,
        first as _,
    )
    .fetch_all(db)
    .await?;
    let scan_end = rows.first().and_then(|row| row.scan_end);
    let line = |row: Row| {
        Some(JobLine {
            id: row.id?,
            account: row.account,
            key: row.key?,
            kind: row.kind?,
            state: row.state?,
            attempt: row.attempt?,
            source: row.source,
            created_at: row.created_at?,
            started_at: row.started_at,
            completed_at: row.completed_at,
            worker: row.worker,
            error_code: row.error_code,
            error_message: row.error_message,
            cost: row.cost?,
            batch: row.batch,
            reference: row.reference,
        })
    };
    let mut jobs: Vec<JobLine> = rows.into_iter().filter_map(line).collect();
    let limit = usize::try_from(limit).unwrap_or(0);
    let has_more = jobs.len() > limit;
    jobs.truncate(limit);
    let next = if has_more { jobs.last().map(|job| job.id) } else { scan_end };
    Ok(JobPage { jobs, next, is_scan_limited: !has_more && scan_end.is_some() })
}

/// A row; without a job if none matches.
struct Row {
    scan_end: Option<JobId>,
    id: Option<JobId>,
    account: String,
    key: Option<String>,
    kind: Option<JobType>,
    state: Option<JobState>,
    attempt: Option<i16>,
    source: String,
    created_at: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    worker: Option<String>,
    error_code: Option<ErrorCode>,
    error_message: Option<String>,
    cost: Option<i32>,
    batch: Option<BatchId>,
    reference: Option<String>,
}
