//! Limiting an account: its weight against others, and how fast it may submit.

use crate::db::constraint;
use crate::{Db, DbError};

/// What an account may take. What is `None` stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Its share of the service while others wait, too: 1 to 1000; 1 unless set.
    pub weight: Option<i16>,
    /// Jobs a minute, and at once: 1 to 1,000,000, and 20 to 1,000,000 (a batch is of 20).
    /// `Some(None)` takes the limit away.
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
    BadWeight,
    /// Choose another rate, or burst.
    #[error("a rate is from 1 to 1000000 jobs a minute, and a burst from 20 to 1000000 jobs")]
    BadRate,
    /// The database did not answer. Try again.
    #[error("the database did not answer")]
    Db(#[source] DbError),
}

/// Changes an account's limits. They hold for the next job that it submits.
pub async fn limit(db: &Db, name: &str, limits: Limits) -> Result<(), LimitError> {
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
         insert into event (kind, account, message)
         select
             'account.limited',
             id,
             format('%s: weight %s, rate %s, burst %s', $1::text, weight, coalesce(rate::text, '-'), coalesce(burst::text, '-'))
         from changed",
        name,
        limits.weight,
        limits.rate.is_some(),
        rate,
        burst,
    )
    .execute(db)
    .await
    .map_err(|error| match constraint(&error) {
        Some("weight_is_positive") => LimitError::BadWeight,
        Some("a_rate_has_a_burst") => LimitError::BadRate,
        Some(_) | None => LimitError::Db(error),
    })?;
    match changed.rows_affected() {
        0 => Err(LimitError::NoSuchAccount(name.to_owned())),
        _ => Ok(()),
    }
}
