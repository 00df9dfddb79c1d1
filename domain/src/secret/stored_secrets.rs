//! The sealed secrets of a claimed job.

use secrecy::zeroize::Zeroizing;

use super::keyring::Keyring;
use super::new_secrets::context;
use super::secrets::Secrets;
use crate::id::{AccountId, JobId};
use crate::{Db, DbError};

/// The sealed secrets of a claimed job.
#[derive(Debug, Clone, Copy)]
pub struct StoredSecrets {
    account: AccountId,
    job: JobId,
}

/// Why secrets could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The job has ended.
    #[error("the secrets of this job are no longer stored")]
    Gone,
    /// Give this process the key with this id.
    #[error("there is no secret key {0}")]
    UnknownKey(String),
    /// They were changed, or are those of another job.
    #[error("the secrets are not what secret key {0} sealed for this job")]
    Tampered(String),
    /// The database did not respond. Try again.
    #[error("the database did not respond")]
    Db(#[from] DbError),
}

impl StoredSecrets {
    /// Called for a claim that has secrets.
    pub(crate) fn new(account: AccountId, job: JobId) -> Self {
        Self { account, job }
    }

    /// Reads and opens them.
    pub async fn open(&self, db: &Db, keyring: &Keyring) -> Result<Secrets, OpenError> {
        let row = sqlx::query!("select key_id, nonce, sealed from secret where job = $1", self.job as _)
            .fetch_optional(db)
            .await?
            .ok_or(OpenError::Gone)?;
        let Some(key) = keyring.find(&row.key_id) else { return Err(OpenError::UnknownKey(row.key_id)) };
        let plain: Option<Zeroizing<Vec<u8>>> = key.open(&row.nonce, &row.sealed, &context(self.account, self.job));
        // A later version may have sealed what this one cannot read.
        let secrets = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
        secrets.ok_or(OpenError::Tampered(row.key_id))
    }
}
