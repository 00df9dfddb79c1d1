//! Finishing: a result for the customer, or a refund.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::types::Json;

use super::{Blocked, Failure, Lease, LeaseError};
use crate::Db;

/// What a render made.
#[derive(Debug)]
pub struct Rendered {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub content_type: &'static str,
    /// Where the time went.
    pub timings: Timings,
    /// What the page was kept from reaching.
    pub blocked: Blocked,
}

/// Where the time of a render went, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timings {
    /// Of [`navigate_ms`](Self::navigate_ms), what it took to resolve and connect to the page's own host.
    #[serde(default)]
    pub connect_ms: u64,
    /// Until the page began to arrive.
    pub navigate_ms: u64,
    /// Until it was ready, the delay asked for included.
    pub wait_ms: u64,
    /// Until the file was made.
    pub capture_ms: u64,
    /// All of it, from the render's start to its end.
    #[serde(default)]
    pub total_ms: u64,
}

impl Lease {
    /// Ends the job with its result, kept from now on for as long as results are.
    pub async fn complete(self, db: &Db, rendered: &Rendered) -> Result<(), LeaseError> {
        let fence = self.fence();
        #[cfg(feature = "mutant-fence")]
        let fence = crate::mutant::unfenced(db, fence).await;
        let digest = Sha256::digest(&rendered.bytes);
        let done = sqlx::query_scalar!(
            r#"
            with mine as (
                delete from queue
                where job = $1 and lease = $2
                returning job, account, lease, attempt, started_at
            ), ring as materialized (
                select ring_slot(now(), kept) as slot, now() + kept as expires_at from retention() as kept
            ), ended as (
                update job
                set state = 'completed',
                    lease = mine.lease,
                    attempt = mine.attempt,
                    started_at = mine.started_at,
                    completed_at = now(),
                    slot = ring.slot,
                    timings = $3,
                    blocked = $7,
                    expires_at = ring.expires_at
                from mine, ring
                where job.id = $1 and job.id = mine.job
            ), kept as (
                insert into result (slot, job, account, lease, content_type, digest, size, bytes, expires_at)
                select slot, job, account, lease, $4, $5, length($6::bytea), $6::bytea, expires_at from mine, ring
            )
            select count(*) as "done!" from mine
            "#,
            fence.job as _,
            fence.number,
            Json(rendered.timings) as _,
            rendered.content_type,
            digest.to_vec(),
            rendered.bytes,
            rendered.blocked.stored() as _,
        )
        .fetch_one(db)
        .await;
        self.held(done)
    }

    /// Ends the job for good, and refunds it. What the render tells of itself is kept.
    pub async fn fail(self, db: &Db, failure: &Failure) -> Result<(), LeaseError> {
        let fence = self.fence();
        #[cfg(feature = "mutant-fence")]
        let fence = crate::mutant::unfenced(db, fence).await;
        let done = sqlx::query_scalar!(
            r#"
            with mine as (
                delete from queue
                where job = $1 and lease = $2
                returning queue as entry
            )
            select end_failed(array_agg(entry), $3, $4, $5, $6) as "done!" from mine
            "#,
            fence.job as _,
            fence.number,
            failure.code.name(),
            failure.message,
            failure.timings.map(Json) as _,
            failure.blocked.stored() as _,
        )
        .fetch_one(db)
        .await;
        self.held(done)
    }
}
