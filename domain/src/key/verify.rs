//! Verifying a key: how a request becomes a caller's.

use super::Key;
use crate::id::{AccountId, KeyId};
use crate::{Db, DbError};

/// A verified key's owner. Only [`verify`] makes one.
#[derive(Debug, Clone)]
pub struct Caller {
    account: AccountId,
    key: KeyId,
}

impl Caller {
    /// Who pays.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The key that was shown.
    pub fn key(&self) -> &KeyId {
        &self.key
    }
}

/// Why a key made no caller.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The key is malformed, unknown or revoked; which of them is nobody's business.
    #[error("the API key is not valid")]
    Invalid,
    /// The database did not answer. Try again.
    #[error("the database did not answer")]
    Db(#[from] DbError),
}

/// Verifies a key as it was sent.
pub async fn verify(db: &Db, raw: &str) -> Result<Caller, VerifyError> {
    let key = Key::parse(raw).ok_or(VerifyError::Invalid)?;
    let account = sqlx::query_scalar!(
        r#"
        select account as "account: AccountId"
        from api_key
        where id = $1 and digest = $2 and revoked_at is null
        "#,
        key.id,
        key.digest(),
    )
    .fetch_optional(db)
    .await?
    .ok_or(VerifyError::Invalid)?;
    Ok(Caller { account, key: KeyId(key.id) })
}
