//! Idempotency: a call that carries a key is done once, however often it is sent.
//!
//! What it was answered is written by the statement that submits ([`job::submit`]); here
//! it is looked up, for as long as a key is kept.
//!
//! [`job::submit`]: crate::job::submit()

use sha2::{Digest, Sha256};

use crate::db::constraint;
use crate::id::{BatchId, JobId};
use crate::job::NewJob;
use crate::key::Caller;
use crate::{Db, DbError};

/// The longest key, in bytes.
pub const LONGEST_KEY: usize = 255;

/// A call's key, and what the call asks for.
#[derive(Debug, Clone)]
pub struct Idempotency {
    key: String,
    fingerprint: Vec<u8>,
}

/// The key cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {LONGEST_KEY} visible ASCII characters")]
pub struct BadKey;

impl Idempotency {
    /// A key for the call that asks for these jobs in this `manner`. Two calls are the same
    /// if they ask for the same, however they spell it.
    pub fn new(key: &str, manner: &str, jobs: &[NewJob]) -> Result<Self, BadKey> {
        if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
        {
            return Err(BadKey);
        }
        let mut digest = Sha256::new_with_prefix(manner);
        for job in jobs {
            let options = serde_json::to_vec(&job.options).map_err(|_| BadKey)?;
            let html = job.html.as_deref().unwrap_or_default();
            for part in [options.as_slice(), &job.lane.number().to_be_bytes(), html.as_bytes()] {
                digest.update(part.len().to_be_bytes());
                digest.update(part);
            }
        }
        Ok(Self { key: key.to_owned(), fingerprint: digest.finalize().to_vec() })
    }

    /// The key, as it was sent.
    pub fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn fingerprint(&self) -> &[u8] {
        &self.fingerprint
    }
}

/// What a call was answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The jobs that were accepted.
    pub(crate) jobs: Vec<JobId>,
    /// By which they belong together.
    pub(crate) batch: Option<BatchId>,
    /// What was debited.
    pub(crate) credits_used: i64,
    /// What the account had left.
    pub(crate) credits_remaining: i64,
}

/// Why an answer could not be recalled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecallError {
    /// The key belongs to another call.
    #[error("the key was used for another call")]
    Reused,
    /// The database did not answer.
    #[error("the database did not answer")]
    Db(#[from] DbError),
}

/// What the call was answered before; `None` where it is new. A key that has had its day
/// is forgotten here, if no chore has done it yet.
pub(crate) async fn recall(db: &Db, caller: &Caller, call: &Idempotency) -> Result<Option<Answer>, RecallError> {
    let row = sqlx::query!(
        r#"
        with late as (
            delete from idempotency
            where account = $1 and key = $2 and created_at < now() - interval '24 hours'
        )
        select
            fingerprint = $3 as "same!",
            jobs as "jobs: Vec<JobId>",
            batch as "batch: BatchId",
            credits_used,
            credits_remaining
        from idempotency
        where account = $1 and key = $2 and created_at >= now() - interval '24 hours'
        "#,
        caller.account() as _,
        call.key,
        call.fingerprint,
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if !row.same {
        return Err(RecallError::Reused);
    }
    let (credits_used, credits_remaining) = (row.credits_used, row.credits_remaining);
    Ok(Some(Answer { jobs: row.jobs, batch: row.batch, credits_used, credits_remaining }))
}

/// Whether a statement failed because another call with the same key was faster.
pub(crate) fn is_taken(error: &DbError) -> bool {
    constraint(error) == Some("one_call_per_key")
}

/// Forgets keys that have had their day, a bounded number at a time.
pub async fn forget(db: &Db) -> Result<u64, DbError> {
    let forgotten = sqlx::query!(
        "with stale as materialized (
             select account, key from idempotency
             where created_at < now() - interval '24 hours'
             order by created_at
             limit 1000
             for update skip locked
         )
         delete from idempotency
         using stale
         where idempotency.account = stale.account and idempotency.key = stale.key"
    )
    .execute(db)
    .await?;
    Ok(forgotten.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::Idempotency;
    use crate::job::{Lane, NewJob};
    use crate::render::{Area, ImageFormat, Options, Output, Page, Screenshot, Viewport};

    /// Two versions run at once while one replaces the other, and a key is kept for a day: an
    /// option that is added must leave the fingerprint of who does not use it alone
    /// (`skip_serializing_if`).
    #[test]
    fn the_fingerprint_of_a_call_is_the_same_in_every_version() {
        let viewport = Viewport { width: 1280, height: 720, device_scale_factor: 1.0 };
        let output = Output::Screenshot(Screenshot { format: ImageFormat::Png, viewport, area: Area::Viewport });
        let options = Options::new(Page::Html, output);
        let job = NewJob { options, html: Some("<p>".to_owned()), lane: Lane::Interactive };

        let call = Idempotency::new("key", "synchronous", &[job]).expect("a key");

        let expected = [
            131, 128, 194, 254, 240, 151, 239, 116, 36, 54, 128, 192, 65, 245, 36, 139, 98, 124, 134, 153, 121, 138,
            199, 176, 230, 68, 210, 75, 19, 243, 173, 27,
        ];
        assert_eq!(call.fingerprint(), expected);
    }

    #[test]
    fn what_cannot_be_kept_is_no_key() {
        for bad in ["", &"k".repeat(256), "schl\u{fc}ssel", "a\nb"] {
            assert!(Idempotency::new(bad, "synchronous", &[]).is_err(), "{bad:?}");
        }
    }
}
