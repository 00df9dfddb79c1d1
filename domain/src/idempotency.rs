//! Idempotency: a call that carries a key has its effect once, however often it is sent.
//!
//! The statement that submits ([`job::submit`](crate::job::submit())) also stores the
//! response; here it is looked up, for 24 hours.

use crate::db::constraint;
use crate::id::{BatchId, JobId};
use crate::key::Caller;
use crate::{Db, DbError};

/// The longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 255;

/// The key of a call, and the fingerprint of its request.
#[derive(Debug, Clone)]
pub struct Idempotency {
    key: String,
    fingerprint: Fingerprint,
}

/// A digest of what a call asks for. Two calls are the same if their fingerprints are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// The digest that is stored.
    pub(crate) digest: Vec<u8>,
    /// The digests that may have been stored for the same call before the operator's key was
    /// rotated.
    pub(crate) older: Vec<Vec<u8>>,
}

/// The key cannot be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {MAX_KEY_BYTES} visible ASCII characters")]
pub struct InvalidKey;

impl Idempotency {
    /// A key for the call with this fingerprint.
    pub fn new(key: &str, fingerprint: Fingerprint) -> Result<Self, InvalidKey> {
        let visible = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
        if key.is_empty() || key.len() > MAX_KEY_BYTES || !key.bytes().all(visible) {
            return Err(InvalidKey);
        }
        Ok(Self { key: key.to_owned(), fingerprint })
    }

    /// The key, as it was sent.
    pub fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn fingerprint(&self) -> &[u8] {
        &self.fingerprint.digest
    }

    /// Every fingerprint that may be stored for the call.
    fn fingerprints(&self) -> Vec<&[u8]> {
        std::iter::once(&self.fingerprint.digest).chain(&self.fingerprint.older).map(Vec::as_slice).collect()
    }
}

/// The response to a call that submitted jobs.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    /// The accepted jobs.
    pub(crate) jobs: Vec<JobId>,
    /// The batch, if there is one.
    pub(crate) batch: Option<BatchId>,
    /// The credits debited.
    pub(crate) credits_used: i64,
    /// The account's balance afterwards.
    pub(crate) credits_remaining: i64,
}

/// Why a response could not be looked up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecallError {
    /// The key belongs to a different call.
    #[error("the key was used for a different call")]
    Reused,
    /// The database did not respond.
    #[error("the database did not respond")]
    Db(#[from] DbError),
}

/// Returns the response to an earlier call with the same key; `None` if the key is new. An
/// expired key is deleted here if maintenance has not deleted it yet.
pub(crate) async fn recall(db: &Db, caller: &Caller, call: &Idempotency) -> Result<Option<Response>, RecallError> {
    let row = sqlx::query!(
        r#"
        with expired as (
            delete from idempotency
            where account = $1 and key = $2 and created_at < now() - interval '24 hours'
        )
        select
            fingerprint = any($3) as "same_call!",
            jobs as "jobs: Vec<JobId>",
            batch as "batch: BatchId",
            credits_used,
            credits_remaining
        from idempotency
        where account = $1 and key = $2 and created_at >= now() - interval '24 hours'
        "#,
        caller.account() as _,
        call.key,
        &call.fingerprints() as _,
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if !row.same_call {
        return Err(RecallError::Reused);
    }
    let (credits_used, credits_remaining) = (row.credits_used, row.credits_remaining);
    Ok(Some(Response { jobs: row.jobs, batch: row.batch, credits_used, credits_remaining }))
}

/// Whether a statement failed because a concurrent call with the same key won.
pub(crate) fn is_taken(error: &DbError) -> bool {
    constraint(error) == Some("one_call_per_key")
}

/// Deletes expired keys, at most 1,000 per call, and returns their number.
pub async fn delete_expired(db: &Db) -> Result<u64, DbError> {
    let deleted = sqlx::query!(
        "with expired as materialized (
             select account, key from idempotency
             where created_at < now() - interval '24 hours'
             order by created_at
             limit 1000
             for update skip locked
         )
         delete from idempotency
         using expired
         where idempotency.account = expired.account and idempotency.key = expired.key"
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::{Fingerprint, Idempotency};

    #[test]
    fn keys_that_cannot_be_stored_are_rejected() {
        let fingerprint = Fingerprint { digest: Vec::new(), older: Vec::new() };
        for key in ["", &"k".repeat(256), "schl\u{fc}ssel", "a\nb"] {
            assert!(Idempotency::new(key, fingerprint.clone()).is_err(), "{key:?}");
        }
    }
}
