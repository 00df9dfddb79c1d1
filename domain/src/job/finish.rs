//! Finishing: a result for the customer, or a refund.
//!
//! Small results that arrive while others are being stored are stored together, in one statement
//! and one commit.

mod alone;
mod together;

use std::borrow::Cow;

use alone::store;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::types::Json;
use together::store_all;

use super::announce::announce_failed;
use super::ended::FailedJob;
use super::failure::Failure;
use super::lease::{Fence, Lease, LeaseError};
use super::rendered::{MAX_THUMBNAIL_BYTES, Rendered};
use crate::Db;
use crate::completion::{Completion, MAX_GATHERED_BYTES, Stored};

impl Lease {
    /// Ends the job with a result, which is stored for the retention time from now on.
    pub async fn complete(self, db: &Db, rendered: &Rendered) -> Result<(), LeaseError> {
        let fence = self.fence();
        #[cfg(feature = "mutant-fence")]
        let fence = crate::mutant::unfenced(db, fence).await;
        let mut stored = match gathered(fence, rendered) {
            Some(completion) => {
                let size = completion.size();
                let send = |completions| store_all(db, completions);
                Box::pin(db.completions().send(completion, size, send)).await.unwrap_or_else(Stored::lost)
            }
            None => Stored::Alone,
        };
        if let Stored::Alone = stored {
            stored = Box::pin(store(db, &completion(fence, rendered))).await;
        }
        match stored {
            Stored::Completed => Ok(()),
            Stored::Lost | Stored::Alone => Err(LeaseError::Lost(fence.job, fence.number)),
            Stored::Unknown(error) => Err(LeaseError::Db(self, error)),
        }
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

/// Returns a copy of a result that is small enough to be stored with others.
fn gathered(fence: Fence, rendered: &Rendered) -> Option<Completion<'static>> {
    (rendered.bytes.len() <= MAX_GATHERED_BYTES).then(|| completion(fence, rendered).into_owned())
}

fn completion(fence: Fence, rendered: &Rendered) -> Completion<'_> {
    let thumbnail = rendered.thumbnail.as_deref().filter(|bytes| bytes.len() <= MAX_THUMBNAIL_BYTES);
    Completion {
        job: fence.job,
        lease: fence.number,
        timings: json!(rendered.timings),
        work_ms: rendered.timings.total_ms,
        content_type: rendered.content_type,
        digest: Sha256::digest(&rendered.bytes).to_vec(),
        bytes: Cow::Borrowed(&rendered.bytes),
        blocked: rendered.blocked.stored().map(|blocked| json!(blocked)),
        report: rendered.report.stored().map(|report| json!(report)),
        thumbnail: thumbnail.map(Cow::Borrowed),
    }
}
