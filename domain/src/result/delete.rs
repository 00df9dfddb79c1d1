//! Deleting: results that are gone before they expire.

use serde::{Deserialize, Serialize};

use crate::event::Actor;
use crate::id::JobId;
use crate::{Db, DbError};

/// The outcome for one job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// The job.
    pub job: JobId,
    /// The bytes that were deleted; `None`: there was no result.
    pub bytes: Option<i64>,
}

/// Deletes results now. Their jobs stay completed, and the API responds as for results that have expired. The space is
/// free once the database has vacuumed the bucket, or emptied it.
pub async fn delete(db: &Db, actor: &Actor, jobs: &[JobId]) -> Result<Vec<Deleted>, DbError> {
    let rows = sqlx::query!(
        r#"
        with found as materialized (
            select id, account, slot, expires_at
            from job
            where id = any($1) and state = 'completed'
            order by id
            for update
        ), deleted as materialized (
            select id, account, expires_at, delete_result(slot, id) as size
            from found
        ), changed as (
            update job
            set expires_at = least(job.expires_at, now())
            from deleted
            where job.id = any($1) and job.id = deleted.id and deleted.size is not null
        ), counted as (
            insert into stat_expiry as total (hour, results, bytes)
            select date_trunc('hour', expires_at, 'UTC') as hour, -count(*), -sum(size)
            from deleted
            where size is not null and expires_at > now()
            group by 1
            order by 1
            on conflict (hour) do update set
                results = total.results + excluded.results,
                bytes = total.bytes + excluded.bytes
        ), new_event as (
            insert into event (kind, job, account, actor, reason, message, detail)
            select 'result.deleted', id, account, $2, $3, format('%s bytes', size),
                jsonb_build_object('expires_at', expires_at, 'size', size)
            from deleted
            where size is not null
        )
        select id as "job!: JobId", size
        from deleted
        "#,
        jobs as _,
        actor.name,
        actor.reason,
    )
    .fetch_all(db)
    .await?;
    let bytes = |job: &JobId| rows.iter().find(|row| row.job == *job).and_then(|row| row.size);
    Ok(jobs.iter().map(|job| Deleted { job: *job, bytes: bytes(job) }).collect())
}
