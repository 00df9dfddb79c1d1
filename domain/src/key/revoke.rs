//! Revoking a key.

use crate::event::Actor;
use crate::{Db, DbError};

/// What became of a request to revoke a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// The key is revoked.
    Revoked,
    /// It had been revoked already.
    AlreadyRevoked,
    /// There is no such key.
    NoSuchKey,
}

/// Revokes a key, at once and for good.
pub async fn revoke(db: &Db, actor: &Actor, id: &str) -> Result<Revocation, DbError> {
    let row = sqlx::query!(
        r#"
        with revoked as (
            update api_key
            set revoked_at = now()
            where id = $1 and revoked_at is null
            returning id, account
        ), new_event as (
            insert into event (kind, account, actor, reason, detail, message)
            select 'key.revoked', account, $2, $3, jsonb_build_object('key', id), format('key %s', id) from revoked
        )
        select
            exists (select from revoked) as "revoked!",
            exists (select from api_key where id = $1) as "known!"
        "#,
        id,
        actor.name,
        actor.reason,
    )
    .fetch_one(db)
    .await?;
    Ok(match (row.revoked, row.known) {
        (true, _) => Revocation::Revoked,
        (false, true) => Revocation::AlreadyRevoked,
        (false, false) => Revocation::NoSuchKey,
    })
}
