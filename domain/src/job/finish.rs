//! Finishing: a result for the customer, or a refund.

use sha2::{Digest, Sha256};
use sqlx::types::Json;

use super::announce::{Failed, announce_completed, announce_failed};
use super::failure::Failure;
use super::lease::{Lease, LeaseError};
use super::rendered::Rendered;
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
        let rows = sqlx::query_scalar!(
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
            ), new_result as (
                insert into result (slot, job, account, lease, content_type, digest, size, bytes, expires_at)
                select number, job, account, lease, $4, $5, length($6::bytea), $6::bytea, expires_at
                from leased, bucket
            ), deleted_secret as (
                delete from secret
                where job = $1 and exists (select from leased)
            )
            select count(*) as "rows!" from leased
            "#,
            fence.job as _,
            fence.number,
            Json(rendered.timings) as _,
            rendered.content_type,
            digest.to_vec(),
            rendered.bytes,
            rendered.blocked.stored() as _,
            rendered.report.stored() as _,
        )
        .fetch_one(db)
        .await;
        self.check(rows)?;
        announce_completed(db, rendered.bytes.len(), rendered.timings.total_ms);
        Ok(())
    }

    /// Ends the job for good, refunds it, and stores what is known of the failed render.
    pub async fn fail(self, db: &Db, failure: &Failure) -> Result<(), LeaseError> {
        let fence = self.fence();
        #[cfg(feature = "mutant-fence")]
        let fence = crate::mutant::unfenced(db, fence).await;
        let rows = sqlx::query!(
            r#"
            with leased as (
                delete from queue
                where job = $1 and lease = $2
                returning queue as entry, cost
            )
            select
                end_failed(array_agg(entry), $3, $4, $5, $6, $7) as "rows!",
                coalesce(sum(cost), 0)::bigint as "credits!"
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
        let credits = rows.as_ref().map_or(0, |row| row.credits);
        self.check(rows.map(|row| row.rows))?;
        announce_failed(db, Failed { code: &failure.code, jobs: 1, credits });
        Ok(())
    }
}
