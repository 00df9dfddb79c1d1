//! Completing one job in a statement of its own.

use crate::Db;
use crate::completion::{Completion, Stored};
use crate::job::announce::announce_completed;
use crate::job::ended::CompletedJob;

/// Completes a job if its lease is live. Waits for whatever else holds its row.
pub(super) async fn store(db: &Db, completion: &Completion<'_>) -> Stored {
    let _permit = match db.permit_for(completion.bytes.len()).await {
        Ok(permit) => permit,
        Err(error) => return Stored::Unknown(error),
    };
    let row = sqlx::query!(
        r#"
        with leased as (
            delete from queue
            where job = $1 and lease = $2
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
                timings = $3,
                blocked = $7,
                report = $8,
                expires_at = bucket.expires_at
            from leased, bucket
            where job.id = $1 and job.id = leased.job
            returning
                job.type::text as kind,
                job.expires_at,
                (extract(epoch from leased.started_at - job.created_at) * 1000)::bigint as wait_ms,
                (extract(epoch from now() - leased.started_at) * 1000)::bigint as render_ms
        ), new_result as (
            insert into result (slot, job, account, lease, content_type, digest, size, bytes, expires_at, thumbnail)
            select number, job, account, lease, $4, $5, length($6::bytea), $6::bytea, expires_at, $9
            from leased, bucket
        ), deleted_secret as (
            delete from secret
            where job = $1 and exists (select from leased)
        )
        select kind as "kind!", expires_at as "expires_at!", wait_ms, render_ms from completed
        "#,
        completion.job as _,
        completion.lease,
        completion.timings,
        completion.content_type,
        completion.digest,
        &*completion.bytes,
        completion.blocked,
        completion.report,
        completion.thumbnail.as_deref(),
    )
    .fetch_optional(db)
    .await;
    let row = match row {
        Ok(Some(row)) => row,
        Ok(None) => return Stored::Lost,
        Err(error) => return Stored::Unknown(error),
    };
    let job = CompletedJob {
        id: completion.job,
        kind: row.kind,
        bytes: completion.bytes.len(),
        expires_at: row.expires_at,
        wait_ms: row.wait_ms,
        render_ms: row.render_ms,
        work_ms: completion.work_ms,
    };
    announce_completed(db, &job);
    Stored::Completed
}
