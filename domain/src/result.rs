//! Results: bytes kept for the customer until they expire.

use std::ops::Range;

use sqlx::types::chrono::{DateTime, Utc};

use crate::id::JobId;
use crate::job::State;
use crate::key::Caller;
use crate::{Db, DbError};

/// How much of a result is read at once.
pub const SLICE: i32 = 256 * 1024;

/// A result that can be read, for as long as it is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The media type of the bytes.
    pub content_type: String,
    /// Their SHA-256.
    pub digest: Vec<u8>,
    /// How many there are.
    pub size: i64,
    job: JobId,
    slot: i16,
}

/// Why there is no result to read.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The caller has no such job.
    #[error("there is no such job")]
    NoSuchJob,
    /// Ask again when the job has ended.
    #[error("the job has not ended yet")]
    NotReady(State),
    /// The job failed; it will never have a result.
    #[error("the job failed")]
    Failed {
        /// For programs.
        code: String,
        /// For people.
        message: String,
    },
    /// Too late: submit the job again.
    #[error("the result is kept no longer")]
    Expired(DateTime<Utc>),
    /// The database did not answer. Try again.
    #[error("the database did not answer")]
    Db(#[from] DbError),
}

/// Finds the result of one of the caller's jobs.
pub async fn find(db: &Db, caller: &Caller, job: JobId) -> Result<Kept, FindError> {
    let account = caller.account();
    #[cfg(feature = "mutant-owner")]
    let account = crate::mutant::owner(db, job, account).await;
    let row = sqlx::query!(
        r#"
        select
            state_of(job.state, queue.lease) as "state!: State",
            job.error_code,
            job.error_message,
            job.expires_at,
            job.slot,
            kept.content_type as "content_type?",
            kept.digest as "digest?",
            kept.size as "size?"
        from job
        left join queue on queue.job = job.id
        left join lateral result_about(job.slot, job.id) as kept
            on job.expires_at > now()
        where job.id = $1 and job.account = $2
        "#,
        job as _,
        account as _,
    )
    .fetch_optional(db)
    .await?
    .ok_or(FindError::NoSuchJob)?;
    match (row.state, row.slot, row.content_type, row.digest, row.size) {
        (State::Queued | State::Processing, ..) => Err(FindError::NotReady(row.state)),
        (State::Failed, ..) => Err(FindError::Failed {
            code: row.error_code.unwrap_or_default(),
            message: row.error_message.unwrap_or_default(),
        }),
        (State::Completed, Some(slot), Some(content_type), Some(digest), Some(size)) => {
            Ok(Kept { content_type, digest, size, job, slot })
        }
        (State::Completed, ..) => Err(FindError::Expired(row.expires_at.unwrap_or_default())),
    }
}

impl Kept {
    /// Reads the first [`SLICE`] of a part, or all of it. `None`: swept in the meantime.
    pub async fn slice(&self, db: &Db, part: &Range<i64>) -> Result<Option<Vec<u8>>, DbError> {
        let length = i32::try_from(part.end - part.start).map_or(SLICE, |length| length.min(SLICE));
        sqlx::query_scalar!("select result_slice($1, $2, $3, $4)", self.slot, self.job as _, part.start, length)
            .fetch_one(db)
            .await
    }
}
