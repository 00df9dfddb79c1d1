//! Limiting a key: what it may do, until when, and how fast.

use super::new_key::Expiry;
use super::scope::{Scope, Scopes};
use crate::db::{constraint, interval};
use crate::event::Actor;
use crate::{Db, DbError};

/// The limits to change. `None` leaves a limit as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyLimits {
    /// What the key may do.
    pub scopes: Option<Scopes>,
    /// When it stops working.
    pub expiry: Option<Expiry>,
    /// Jobs per minute, and jobs at once: 1 to 1,000,000, and 20 (a full batch) to 1,000,000.
    /// `Some(None)` removes the limit. The limit of the account holds as well.
    pub rate: Option<Option<(i32, i32)>>,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum LimitKeyError {
    /// Check the id.
    #[error("there is no key with the id {0:?}")]
    NoSuchKey(String),
    /// Create a key.
    #[error("key {0:?} is revoked or expired; create a new key instead")]
    Inactive(String),
    /// Choose a moment in the future.
    #[error("a key expires in the future")]
    InvalidExpiry,
    /// Choose another rate or burst.
    #[error("a rate is from 1 to 1000000 jobs a minute, and a burst from 20 to 1000000 jobs")]
    InvalidRate,
    /// The database did not respond. Try again.
    #[error("the database did not respond")]
    Db(#[source] DbError),
}

/// Changes the limits of a key that works, from its next call on.
pub async fn limit(db: &Db, actor: &Actor, id: &str, limits: &KeyLimits) -> Result<(), LimitKeyError> {
    let (rate, burst) = limits.rate.flatten().unzip();
    let (lifetime, expires_at) = match limits.expiry {
        None | Some(Expiry::Never) => (None, None),
        Some(Expiry::After(lifetime)) => (Some(interval(lifetime)), None),
        Some(Expiry::At(moment)) => (None, Some(moment)),
    };
    let row = sqlx::query!(
        r#"
        with expiry as materialized (
            select coalesce($4, now() + $5::interval) as at
        ), changed as (
            update api_key
            set scopes = coalesce($2, scopes),
                expires_at = case when $3 then expiry.at else expires_at end,
                rate = case when $6 then $7 else rate end,
                burst = case when $6 then $8 else burst end,
                arrives_at = case when $6 then null else arrives_at end
            from expiry
            where id = $1
                and revoked_at is null
                and (expires_at > now()) is not false
                and (expiry.at > now()) is not false
            returning id, account, name, scopes, expires_at, rate, burst
        ), new_event as (
            insert into event (kind, account, actor, reason, detail, message)
            select
                'key.limited',
                account,
                $9,
                $10,
                jsonb_build_object('key', id),
                format(
                    'key %s (%s): scopes %s, expires %s, rate %s, burst %s', id, name, array_to_string(scopes, ','),
                    coalesce(to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'never'),
                    coalesce(rate::text, '-'), coalesce(burst::text, '-')
                )
            from changed
        )
        select
            exists (select from changed) as "changed!",
            exists (select from api_key where id = $1) as "known!",
            (select (at > now()) is not false from expiry) as "is_later!"
        "#,
        id,
        limits.scopes.as_ref().map(Scopes::as_slice) as Option<&[Scope]>,
        limits.expiry.is_some(),
        expires_at,
        lifetime,
        limits.rate.is_some(),
        rate,
        burst,
        actor.name,
        actor.reason,
    )
    .fetch_one(db)
    .await
    .map_err(|error| match constraint(&error) {
        Some("a_rate_of_a_key_has_a_burst") => LimitKeyError::InvalidRate,
        Some("a_key_expires_after_its_creation") => LimitKeyError::InvalidExpiry,
        Some(_) | None => LimitKeyError::Db(error),
    })?;
    match (row.changed, row.known, row.is_later) {
        (true, ..) => Ok(()),
        (false, false, _) => Err(LimitKeyError::NoSuchKey(id.to_owned())),
        (false, true, false) => Err(LimitKeyError::InvalidExpiry),
        (false, true, true) => Err(LimitKeyError::Inactive(id.to_owned())),
    }
}
