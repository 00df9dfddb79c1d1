//! Renaming a key.

use crate::db::constraint;
use crate::event::Actor;
use crate::{Db, DbError};

/// Why a key was not renamed.
#[derive(Debug, thiserror::Error)]
pub enum RenameKeyError {
    /// Check the id.
    #[error("there is no key with the id {0:?}")]
    NoSuchKey(String),
    /// Choose a name of 1 to 100 characters.
    #[error("a key's name has 1 to 100 characters")]
    InvalidName,
    /// The database did not respond. Try again.
    #[error("the database did not respond")]
    Db(#[source] DbError),
}

/// Gives a key another name, whatever its state.
pub async fn rename(db: &Db, actor: &Actor, id: &str, name: &str) -> Result<(), RenameKeyError> {
    let renamed = sqlx::query!(
        "with renamed as (
             update api_key
             set name = $2
             where id = $1
             returning id, account, name
         )
         insert into event (kind, account, actor, reason, detail, message)
         select 'key.renamed', account, $3, $4, jsonb_build_object('key', id), format('key %s: %s', id, name) from renamed",
        id,
        name,
        actor.name,
        actor.reason,
    )
    .execute(db)
    .await
    .map_err(|error| match constraint(&error) {
        Some("a_key_has_a_name") => RenameKeyError::InvalidName,
        Some(_) | None => RenameKeyError::Db(error),
    })?;
    match renamed.rows_affected() {
        0 => Err(RenameKeyError::NoSuchKey(id.to_owned())),
        _ => Ok(()),
    }
}
