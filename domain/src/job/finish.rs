//! Finishing: a result for the customer, or a refund.

use sha2::{Digest, Sha256};
use sqlx::types::Json;

use super::announce::{announce_completed, announce_failed};
use super::ended::{CompletedJob, FailedJob};
use super::failure::Failure;
use super::lease::{Lease, LeaseError};
use super::rendered::{MAX_THUMBNAIL_BYTES, Rendered};
use crate::Db;

impl Lease {
    /// Ends the job with a result, which is stored for the retention time from now on.
    pub async fn complete(self, db: &Db, rendered: &Rendered) -> Result<(), LeaseError> {
        let fence = self.fence();
        #[cfg(feature = "mutant-fence")]
        let fence = crate::mutant::unfenced(db, fence).await;
        let _permit = match db.permit_for(rendered.bytes.len()).await {
            Ok(permit) => permit,
            Err(error) => return Err(LeaseError::Db(self, error)),
        };
        let digest = Sha256::digest(&rendered.bytes);
        let thumbnail = rendered.thumbnail.as_deref().filter(|bytes| bytes.len() <= MAX_THUMBNAIL_BYTES);
        let completed = sqlx::query!(
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
            fence.job as _,
            fence.number,
            Json(rendered.timings) as _,
            rendered.content_type,
            digest.to_vec(),
            rendered.bytes,
            rendered.blocked.stored() as _,
            rendered.report.stored() as _,
            thumbnail,
        )
        .fetch_optional(db)
        .await;
        let completed = self.ended(completed)?;
        let job = CompletedJob {
            kind: completed.kind,
            bytes: rendered.bytes.len(),
            expires_at: completed.expires_at,
            wait_ms: completed.wait_ms,
            render_ms: completed.render_ms,
            work_ms: rendered.timings.total_ms,
        };
        announce_completed(db, &job);
        Ok(())
    }

    /// Ends the job for good, refunds it, and stores what is known of the failed render.
    pub async fn fail(self, db: &Db, failure: &Failure) -> Result<(), LeaseError> {
        let fence = self.fence();
        #[cfg(feature = "mutant-fence")]
        let fence = crate::mutant::unfenced(db, fence).await;
        let row = sqlx::query!(
            r#"
            with leased as (
                delete from queue
                where job = $1 and lease = $2
                returning queue as entry
            )
            select
                end_failed(array_agg(entry), $3, $4, $5, $6, $7) as "rows!",
                describe_ended(array_agg(entry)) as "ended!: Json<Vec<FailedJob>>"
            from leased
            "#,
            fence.job as _,
            fence.number,
            failure.code.name(),
            failure.message,
            failure.timings.map(Json) as _,
            failure.blocked.stored() as _,
            failure.report.stored() as _,
        )
        .fetch_one(db)
        .await;
        let row = self.ended(row.map(|row| (row.rows > 0).then_some(row)))?;
        announce_failed(db, &failure.code, &row.ended.0);
        Ok(())
    }
}
