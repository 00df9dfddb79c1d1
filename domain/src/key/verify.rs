//! Verifying a key: a request becomes a caller's.

use super::parts::KeyParts;
use crate::id::{AccountId, KeyId};
use crate::{Db, DbError};

/// The owner of a verified key. Only [`verify`] makes one.
#[derive(Debug, Clone)]
pub struct Caller {
    account: AccountId,
    key: KeyId,
}

impl Caller {
    /// The account that pays.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The key that was sent.
    pub fn key(&self) -> &KeyId {
        &self.key
    }
}

/// Why a key was not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The key is malformed, unknown or revoked. The caller cannot see which.
    #[error("the API key is not valid")]
    Invalid,
    /// The database did not respond. Try again.
    #[error("the database did not respond")]
    Db(#[from] DbError),
}

/// Verifies a key as it was sent.
pub async fn verify(db: &Db, raw: &str) -> Result<Caller, VerifyError> {
    let key = KeyParts::parse(raw).ok_or(VerifyError::Invalid)?;
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
