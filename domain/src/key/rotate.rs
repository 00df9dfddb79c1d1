//! Rotating a key: a new one replaces it, and both work for a while.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::new_key::CreatedKey;
use super::parts::KeyParts;
use crate::db::interval;
use crate::event::Actor;
use crate::id::KeyId;
use crate::{Db, DbError};

/// How long the old key works beside the new one, unless the operator chooses otherwise: long
/// enough for a deployment, and for someone to notice a program that was forgotten.
pub const DEFAULT_OVERLAP: Duration = Duration::from_hours(24);

/// A key that was rotated.
#[derive(Debug)]
pub struct Rotation {
    /// The new key.
    pub new: CreatedKey,
    /// When the old key stops working.
    pub old_expires_at: DateTime<Utc>,
}

/// Why a key was not rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotateKeyError {
    /// Check the id.
    #[error("there is no key with the id {0:?}")]
    NoSuchKey(String),
    /// Rotate the key that replaced it, or revoke that one and create a key.
    #[error("key {0:?} has been rotated already; key {1} replaced it")]
    AlreadyRotated(String, KeyId),
    /// Create a key.
    #[error("key {0:?} is revoked or expired; create a new key instead")]
    Inactive(String),
    /// The database did not respond. List the keys before trying again.
    #[error("the database did not respond")]
    Db(#[from] DbError),
}

/// Replaces a key with a new one of the same name, scopes, rate and lifetime. The old key works until
/// `overlap` has passed, but never longer than it would have.
pub async fn rotate(db: &Db, actor: &Actor, id: &str, overlap: Duration) -> Result<Rotation, RotateKeyError> {
    let key = KeyParts::generate();
    let row = sqlx::query!(
        r#"
        with current_key as (
            select id, expires_at - created_at as lifetime
            from api_key
            where id = $1 and revoked_at is null and replaced_by is null and (expires_at > now()) is not false
            for update
        ), old_key as (
            update api_key
            set expires_at = least(expires_at, now() + $4::interval), replaced_by = $2
            from current_key
            where api_key.id = current_key.id
            returning api_key.id, account, name, scopes, rate, burst, lifetime, expires_at
        ), new_key as (
            insert into api_key (id, account, digest, name, scopes, rate, burst, expires_at, created_by)
            select $2, account, $3, name, scopes, rate, burst, now() + lifetime, $5 from old_key
            returning expires_at
        ), new_event as (
            insert into event (kind, account, actor, reason, detail, message)
            select 'key.rotated', account, $5, $6, jsonb_build_object('key', id, 'new', $2::text), format('key %s (%s) replaced by key %s', id, name, $2::text)
            from old_key
        )
        select
            (select expires_at from old_key) as old_expires_at,
            (select expires_at from new_key) as new_expires_at,
            (select replaced_by from api_key where id = $1) as "replaced_by: KeyId",
            exists (select from api_key where id = $1) as "known!"
        "#,
        id,
        key.id,
        key.digest(),
        interval(overlap),
        actor.name,
        actor.reason,
    )
    .fetch_one(db)
    .await?;
    match (row.old_expires_at, row.replaced_by) {
        (Some(old_expires_at), _) => {
            let new = CreatedKey { key: key.whole(), id: KeyId(key.id), expires_at: row.new_expires_at };
            Ok(Rotation { new, old_expires_at })
        }
        (None, Some(new)) => Err(RotateKeyError::AlreadyRotated(id.to_owned(), new)),
        (None, None) if row.known => Err(RotateKeyError::Inactive(id.to_owned())),
        (None, None) => Err(RotateKeyError::NoSuchKey(id.to_owned())),
    }
}
