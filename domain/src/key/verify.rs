//! Verifying a key: a request becomes a caller's.

use super::parts::KeyParts;
use super::request::RequestContext;
use super::scope::{InsufficientScope, Scope, Scopes};
use crate::id::{AccountId, KeyId};
use crate::{Db, DbError};

/// The owner of a verified key. Only [`verify`] makes one.
#[derive(Debug, Clone)]
pub struct Caller {
    account: AccountId,
    key: KeyId,
    scopes: Scopes,
    has_rate: bool,
    request: RequestContext,
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

    /// Whether the key has a rate limit of its own.
    pub(crate) fn has_rate(&self) -> bool {
        self.has_rate
    }

    /// The request that the jobs of this caller come from.
    pub fn request(&self) -> &RequestContext {
        &self.request
    }

    /// Returns the same caller, whose jobs come from this request.
    #[must_use]
    pub fn in_request(self, request: RequestContext) -> Self {
        Self { request, ..self }
    }

    /// Checks that the key has a scope.
    pub fn require(&self, scope: Scope) -> Result<(), InsufficientScope> {
        self.scopes.require(scope)
    }
}

/// Why a key was not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The key is malformed, unknown, revoked or expired. The caller cannot see which.
    #[error("the API key is not valid")]
    Invalid,
    /// The database did not respond. Try again.
    #[error("the database did not respond")]
    Db(#[from] DbError),
}

/// Verifies a key as it was sent. Every call asks the database, so a key is revoked at once.
/// A malformed key is invalid without a query. The use is remembered for [`write_uses`](super::write_uses).
pub async fn verify(db: &Db, raw: &str) -> Result<Caller, VerifyError> {
    let key = KeyParts::parse(raw).ok_or(VerifyError::Invalid)?;
    let row = sqlx::query!(
        r#"
        select account as "account: AccountId", scopes as "scopes: Vec<Scope>", rate is not null as "has_rate!"
        from api_key
        where id = $1 and digest = $2 and revoked_at is null and (expires_at > now()) is not false
        "#,
        key.id,
        key.digest(),
    )
    .fetch_optional(db)
    .await?
    .ok_or(VerifyError::Invalid)?;
    let (key, scopes, request) = (KeyId(key.id), row.scopes.into(), RequestContext::default());
    db.counters().key_uses().record(&key);
    Ok(Caller { account: row.account, key, scopes, has_rate: row.has_rate, request })
}
