//! Results: the files, stored until they expire.

mod accounts;
mod delete;
mod expiring;
mod extend;
mod preview;
mod storage;

pub use accounts::{ExpiringAccount, ExpiringAccounts, MAX_SAMPLED, by_account};
pub use delete::{Deleted, delete};
pub use expiring::{Expiring, ExpiryCursor, MAX_PAGE, next_to_expire};
pub use extend::{Extended, Extension, MAX_HOURS, extend};
pub use preview::{HEAD_BYTES, Preview, preview};
pub use storage::{Storage, storage};

use std::ops::Range;

use sqlx::types::chrono::{DateTime, Utc};

use crate::id::{AccountId, JobId};
use crate::job::{ErrorCode, JobState};
use crate::key::Caller;
use crate::{Db, DbError};

/// How many bytes of a result are read at once.
pub const SLICE_BYTES: i32 = 256 * 1024;

/// A result that can be read until it expires.
#[derive(Debug, Clone)]
pub struct StoredResult {
    /// The media type of the bytes.
    pub content_type: String,
    /// The SHA-256 of the bytes.
    pub digest: Vec<u8>,
    /// The number of bytes.
    pub size: i64,
    job: JobId,
    bucket: i16,
    /// The first bytes, if they were read with it.
    head: Vec<u8>,
}

/// Why there is no result to read.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The caller has no such job.
    #[error("there is no such job")]
    NoSuchJob,
    /// Try again when the job has ended.
    #[error("the job has not ended yet")]
    NotReady(JobState),
    /// The job failed; it will never have a result.
    #[error("the job failed")]
    Failed {
        /// For programs.
        code: ErrorCode,
        /// For people.
        message: String,
    },
    /// Submit the job again.
    #[error("the result has expired")]
    Expired(DateTime<Utc>),
    /// The database did not respond. Try again.
    #[error("the database did not respond")]
    Db(#[from] DbError),
}

/// Finds the result of one of the caller's jobs.
pub async fn find(db: &Db, caller: &Caller, job: JobId) -> Result<StoredResult, FindError> {
    find_with(db, caller, job, 0).await
}

/// Finds the result of one of the caller's jobs, and reads its first slice in the same statement.
pub async fn open(db: &Db, caller: &Caller, job: JobId) -> Result<StoredResult, FindError> {
    find_with(db, caller, job, SLICE_BYTES).await
}

async fn find_with(db: &Db, caller: &Caller, job: JobId, head: i32) -> Result<StoredResult, FindError> {
    let account = caller.account();
    #[cfg(feature = "mutant-owner")]
    let account = crate::mutant::owner(db, job, account).await;
    locate(db, job, Some(account), head).await
}

/// Finds the result of any job, for operators.
pub async fn find_any(db: &Db, job: JobId) -> Result<StoredResult, FindError> {
    locate(db, job, None, 0).await
}

/// Finds a result, and reads this many of its first bytes.
async fn locate(db: &Db, job: JobId, account: Option<AccountId>, head: i32) -> Result<StoredResult, FindError> {
    let row = sqlx::query!(
        r#"
        select
            state_of(job.state, queue.lease) as "state!: JobState",
            job.error_code as "error_code: ErrorCode",
            job.error_message,
            job.expires_at,
            job.slot as bucket,
            stored.content_type as "content_type?",
            stored.digest as "digest?",
            stored.size as "size?",
            stored.head
        from job
        left join queue on queue.job = job.id
        left join lateral result_head(job.slot, job.id, $3) as stored
            on job.expires_at > now()
        where job.id = $1 and ($2::uuid is null or job.account = $2)
        "#,
        job as _,
        account as _,
        head,
    )
    .fetch_optional(db)
    .await?
    .ok_or(FindError::NoSuchJob)?;
    match (row.state, row.bucket, row.content_type, row.digest, row.size) {
        (JobState::Queued | JobState::Processing, ..) => Err(FindError::NotReady(row.state)),
        (JobState::Failed, ..) => Err(FindError::Failed {
            code: row.error_code.unwrap_or_else(|| ErrorCode::parse("")),
            message: row.error_message.unwrap_or_default(),
        }),
        (JobState::Completed, Some(bucket), Some(content_type), Some(digest), Some(size)) => {
            Ok(StoredResult { content_type, digest, size, job, bucket, head: row.head.unwrap_or_default() })
        }
        (JobState::Completed, ..) => Err(FindError::Expired(row.expires_at.unwrap_or_default())),
    }
}

impl StoredResult {
    /// Reads the first [`SLICE_BYTES`] of a range, or all of it; `None` if the result has been
    /// deleted since it was found.
    pub async fn slice(&self, db: &Db, range: &Range<i64>) -> Result<Option<Vec<u8>>, DbError> {
        let of_head = |at: i64| usize::try_from(at).unwrap_or(usize::MAX).min(self.head.len());
        if let Some(read) = self.head.get(of_head(range.start)..of_head(range.end)).filter(|read| !read.is_empty()) {
            return Ok(Some(read.to_vec()));
        }
        let length = i32::try_from(range.end - range.start).map_or(SLICE_BYTES, |length| length.min(SLICE_BYTES));
        sqlx::query_scalar!("select result_slice($1, $2, $3, $4)", self.bucket, self.job as _, range.start, length)
            .fetch_one(db)
            .await
    }
}
