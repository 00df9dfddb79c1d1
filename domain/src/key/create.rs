//! Creating a key.

use super::new_key::{CreatedKey, Expiry, NewKey};
use super::parts::KeyParts;
use super::scope::Scope;
use crate::db::{constraint, interval};
use crate::event::Actor;
use crate::id::KeyId;
use crate::{Db, DbError};

/// Why no key was created.
#[derive(Debug, thiserror::Error)]
pub enum CreateKeyError {
    /// Create the account first.
    #[error("there is no account named {0:?}")]
    NoSuchAccount(String),
    /// Choose a name of 1 to 100 characters.
    #[error("a key's name has 1 to 100 characters")]
    InvalidName,
    /// Choose a moment in the future.
    #[error("a key expires in the future")]
    InvalidExpiry,
    /// The database did not respond. Try again.
    #[error("the database did not respond")]
    Db(#[source] DbError),
}

/// Creates a key for an account.
pub async fn create(db: &Db, actor: &Actor, new: &NewKey) -> Result<CreatedKey, CreateKeyError> {
    let key = KeyParts::generate();
    let (lifetime, expires_at) = match new.expiry {
        Expiry::Never => (None, None),
        Expiry::After(lifetime) => (Some(interval(lifetime)), None),
        Expiry::At(moment) => (None, Some(moment)),
    };
    let created = sqlx::query!(
        r#"
        with new_key as (
            insert into api_key (id, account, digest, name, scopes, expires_at, created_by)
            select $1, id, $2, $4, $5, coalesce($6, now() + $7::interval), $8 from account where name = $3
            returning id, account, name, scopes, expires_at
        ), new_event as (
            insert into event (kind, account, actor, reason, detail, message)
            select
                'key.created',
                account,
                $8,
                $9,
                jsonb_build_object('key', id),
                format('%s: key %s (%s), scopes %s', $3::text, id, name, array_to_string(scopes, ','))
            from new_key
        )
        select expires_at from new_key
        "#,
        key.id,
        key.digest(),
        new.account,
        new.name,
        new.scopes.as_slice() as &[Scope],
        expires_at,
        lifetime,
        actor.name,
        actor.reason,
    )
    .fetch_optional(db)
    .await
    .map_err(|error| match constraint(&error) {
        Some("a_key_has_a_name") => CreateKeyError::InvalidName,
        Some("a_key_expires_after_its_creation") => CreateKeyError::InvalidExpiry,
        Some(_) | None => CreateKeyError::Db(error),
    })?;
    let created = created.ok_or_else(|| CreateKeyError::NoSuchAccount(new.account.clone()))?;
    Ok(CreatedKey { key: key.whole(), id: KeyId(key.id), expires_at: created.expires_at })
}
