//! Completing several jobs in one statement, each under its own lease.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::alone::store;
use crate::completion::{Completion, Stored};
use crate::db::{is_away, sqlstate};
use crate::id::JobId;
use crate::job::announce::announce_completed;
use crate::job::ended::CompletedJob;
use crate::{Db, DbError};

/// How long a statement for several jobs waits for the lock of one.
const LOCK_TIMEOUT: &str = "250ms";

/// The errors after which nothing was stored, and for which another job may be the reason: a lock was not
/// available in time, or two statements waited for each other.
const NOTHING_STORED: [&str; 2] = ["55P03", "40P01"];

/// Completes the jobs whose leases are live, and returns what became of each.
///
/// If the statement fails for one job, it fails for all, and stores nothing.
pub(super) async fn store_all(db: &Db, completions: Vec<Completion<'static>>) -> Vec<Stored> {
    if let [completion] = completions.as_slice() {
        return vec![store(db, completion).await];
    }
    let jobs: Vec<(JobId, usize, u64)> =
        completions.iter().map(|completion| (completion.job, completion.bytes.len(), completion.work_ms)).collect();
    match store_together(db, completions).await {
        Ok(rows) => jobs.into_iter().map(|job| announced(db, &rows, job)).collect(),
        Err(error) if is_away(&error) && !is_nothing_stored(&error) => {
            let others = jobs.iter().skip(1).map(|_| Stored::lost());
            std::iter::once(Stored::Unknown(error)).chain(others).collect()
        }
        Err(_) => jobs.into_iter().map(|_| Stored::Alone).collect(),
    }
}

fn is_nothing_stored(error: &DbError) -> bool {
    sqlstate(error).is_some_and(|code| NOTHING_STORED.contains(&code.as_ref()))
}

/// Announces a job that completed.
fn announced(db: &Db, rows: &HashMap<JobId, Row>, (id, bytes, work_ms): (JobId, usize, u64)) -> Stored {
    let Some(row) = rows.get(&id) else { return Stored::Alone };
    let (kind, expires_at) = (row.kind.clone(), row.expires_at);
    let job = CompletedJob { id, kind, bytes, expires_at, wait_ms: row.wait_ms, render_ms: row.render_ms, work_ms };
    announce_completed(db, &job);
    Stored::Completed
}

/// The facts that are counted of a job that completed.
struct Row {
    kind: String,
    expires_at: DateTime<Utc>,
    wait_ms: Option<i64>,
    render_ms: Option<i64>,
}

/// Stores the completions. No two leases have the same number, so the jobs and the numbers need not be
/// compared in pairs. The bounds of the ids leave the partitions that they are in.
async fn store_together(db: &Db, completions: Vec<Completion<'static>>) -> Result<HashMap<JobId, Row>, DbError> {
    let (mut jobs, mut leases, mut timings) = (Vec::new(), Vec::new(), Vec::new());
    let (mut content_types, mut digests, mut files) = (Vec::new(), Vec::new(), Vec::new());
    let (mut blocked, mut reports, mut thumbnails) = (Vec::new(), Vec::new(), Vec::new());
    for completion in completions {
        jobs.push(completion.job);
        leases.push(completion.lease);
        timings.push(completion.timings);
        content_types.push(completion.content_type);
        digests.push(completion.digest);
        files.push(completion.bytes.into_owned());
        blocked.push(completion.blocked);
        reports.push(completion.report);
        thumbnails.push(completion.thumbnail.map(Cow::into_owned));
    }
    let rows = sqlx::query!(
        r#"
        with rendered as materialized (
            select *
            from unnest(
                $1::uuid[], $2::bigint[], $3::jsonb[], $4::text[], $5::bytea[], $6::bytea[], $7::jsonb[], $8::jsonb[],
                $9::bytea[]
            ) as rendered (job, lease, timings, content_type, digest, bytes, blocked, report, thumbnail)
        ), leased as (
            delete from queue
            where job = any($1) and lease = any($2)
                and (select set_config('lock_timeout', $12, true)) is not null
            returning job, account, lease, attempt, started_at, worker
        ), bucket as materialized (
            select ring_slot(now(), retention) as number, now() + retention as expires_at
            from retention() as retention
        ), completed as (
            update job
            set state = 'completed',
                lease = leased.lease,
                attempt = leased.attempt,
                started_at = leased.started_at,
                worker = leased.worker,
                completed_at = now(),
                slot = bucket.number,
                timings = rendered.timings,
                blocked = rendered.blocked,
                report = rendered.report,
                expires_at = bucket.expires_at
            from leased
            join rendered on rendered.job = leased.job and rendered.lease = leased.lease
            cross join bucket
            where job.id = any(array(select job from leased))
                and job.id >= $10 and job.id <= $11
                and job.id = leased.job
            returning
                job.id,
                job.type::text as kind,
                job.expires_at,
                (extract(epoch from leased.started_at - job.created_at) * 1000)::bigint as wait_ms,
                (extract(epoch from now() - leased.started_at) * 1000)::bigint as render_ms
        ), new_result as (
            insert into result (slot, job, account, lease, content_type, digest, size, bytes, expires_at, thumbnail)
            select
                number, leased.job, account, leased.lease, content_type, digest, length(bytes), bytes, expires_at,
                thumbnail
            from leased
            join rendered on rendered.job = leased.job and rendered.lease = leased.lease
            cross join bucket
        ), deleted_secret as (
            delete from secret
            where job = any(array(select job from leased))
        )
        select
            id as "id!: JobId",
            kind as "kind!",
            expires_at as "expires_at!",
            wait_ms,
            render_ms
        from completed
        "#,
        &jobs as _,
        &leases,
        &timings,
        &content_types as _,
        &digests,
        &files,
        &blocked as _,
        &reports as _,
        &thumbnails as _,
        jobs.iter().min() as _,
        jobs.iter().max() as _,
        LOCK_TIMEOUT,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (kind, expires_at) = (row.kind, row.expires_at);
            (row.id, Row { kind, expires_at, wait_ms: row.wait_ms, render_ms: row.render_ms })
        })
        .collect())
}
