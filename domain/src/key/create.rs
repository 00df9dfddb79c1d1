//! Creating a key.

use super::Key;
use crate::id::KeyId;
use crate::{Db, DbError};

/// A new key. The only time that its secret is seen.
#[derive(Debug)]
pub struct Created {
    /// What the caller sends.
    pub key: String,
    /// By which it is revoked.
    pub id: KeyId,
}

/// Why no key was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateKeyError {
    /// Create the account first.
    #[error("there is no account named {0:?}")]
    NoSuchAccount(String),
    /// The database did not answer. Try again.
    #[error("the database did not answer")]
    Db(#[from] DbError),
}

/// Makes a key for an account.
pub async fn create(db: &Db, account: &str) -> Result<Created, CreateKeyError> {
    let key = Key::generate();
    let made = sqlx::query!(
        "insert into api_key (id, account, digest)
         select $1, id, $2 from account where name = $3",
        key.id,
        key.digest(),
        account,
    )
    .execute(db)
    .await?;
    match made.rows_affected() {
        0 => Err(CreateKeyError::NoSuchAccount(account.to_owned())),
        _ => Ok(Created { key: key.print(), id: KeyId(key.id) }),
    }
}
