//! Creating a key.

use secrecy::SecretString;

use super::parts::KeyParts;
use crate::event::Actor;
use crate::id::KeyId;
use crate::{Db, DbError};

/// A new key. This is the only time that its secret is available.
#[derive(Debug)]
pub struct CreatedKey {
    /// The key that the caller sends.
    pub key: SecretString,
    /// The public id, which revokes it.
    pub id: KeyId,
}

/// Why no key was created.
#[derive(Debug, thiserror::Error)]
pub enum CreateKeyError {
    /// Create the account first.
    #[error("there is no account named {0:?}")]
    NoSuchAccount(String),
    /// The database did not respond. Try again.
    #[error("the database did not respond")]
    Db(#[from] DbError),
}

/// Creates a key for an account.
pub async fn create(db: &Db, actor: &Actor, account: &str) -> Result<CreatedKey, CreateKeyError> {
    let key = KeyParts::generate();
    let created = sqlx::query!(
        "with new_key as (
             insert into api_key (id, account, digest)
             select $1, id, $2 from account where name = $3
             returning id, account
         )
         insert into event (kind, account, actor, reason, message)
         select 'key.created', account, $4, $5, format('%s: key %s', $3::text, id) from new_key",
        key.id,
        key.digest(),
        account,
        actor.name,
        actor.reason,
    )
    .execute(db)
    .await?;
    match created.rows_affected() {
        0 => Err(CreateKeyError::NoSuchAccount(account.to_owned())),
        _ => Ok(CreatedKey { key: key.whole(), id: KeyId(key.id) }),
    }
}
