//! Limiting an account: its weight against other accounts, and how fast it may submit.

use crate::db::constraint;
use crate::event::Actor;
use crate::{Db, DbError};

/// The limits to change. `None` leaves a limit as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Its share while other accounts wait, too: 1 to 1000; 1 by default.
    pub weight: Option<i16>,
    /// Jobs per minute, and jobs at once: 1 to 1,000,000, and 20 (a full batch) to 1,000,000.
    /// `Some(None)` removes the limit.
    pub rate: Option<Option<(i32, i32)>>,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum LimitError {
    /// Create the account first.
    #[error("there is no account named {0:?}")]
    NoSuchAccount(String),
    /// Choose another weight.
    #[error("a weight is from 1 to 1000")]
    InvalidWeight,
    /// Choose another rate or burst.
    #[error("a rate is from 1 to 1000000 jobs a minute, and a burst from 20 to 1000000 jobs")]
    InvalidRate,
    /// The database did not respond. Try again.
    #[error("the database did not respond")]
    Db(#[source] DbError),
}

/// Changes an account's limits, from its next job on.
pub async fn limit(db: &Db, actor: &Actor, name: &str, limits: Limits) -> Result<(), LimitError> {
    let (rate, burst) = limits.rate.flatten().unzip();
    let changed = sqlx::query!(
        "with changed as (
             update account
             set weight = coalesce($2, weight),
                 rate = case when $3 then $4 else rate end,
                 burst = case when $3 then $5 else burst end,
                 arrives_at = case when $3 then null else arrives_at end
             where name = $1
             returning id, weight, rate, burst
         )
         insert into event (kind, account, actor, reason, message)
         select
             'account.limited',
             id,
             $6,
             $7,
             format('%s: weight %s, rate %s, burst %s', $1::text, weight, coalesce(rate::text, '-'), coalesce(burst::text, '-'))
         from changed",
        name,
        limits.weight,
        limits.rate.is_some(),
        rate,
        burst,
        actor.name,
        actor.reason,
    )
    .execute(db)
    .await
    .map_err(|error| match constraint(&error) {
        Some("weight_is_positive") => LimitError::InvalidWeight,
        Some("a_rate_has_a_burst") => LimitError::InvalidRate,
        Some(_) | None => LimitError::Db(error),
    })?;
    match changed.rows_affected() {
        0 => Err(LimitError::NoSuchAccount(name.to_owned())),
        _ => Ok(()),
    }
}
