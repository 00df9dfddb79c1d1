//! Adjusting credits: adding or removing some, for a reason that is recorded.

use crate::db::{constraint, is_out_of_range};
use crate::event::Actor;
use crate::{Db, DbError};

/// Why nothing was adjusted.
#[derive(Debug, thiserror::Error)]
pub enum AdjustError {
    /// Check the name.
    #[error("there is no account named {0:?}")]
    NoSuchAccount(String),
    /// Add or remove 1 credit or more.
    #[error("an adjustment adds or removes 1 credit or more")]
    NothingToAdjust,
    /// Say why.
    #[error("an adjustment needs a reason")]
    NoReason,
    /// Remove less.
    #[error("the account has fewer credits than that; a balance is never below 0")]
    BelowZero,
    /// Add less.
    #[error("the balance would exceed the largest that can be stored")]
    TooMany,
    /// The database did not respond. Check the balance before you try again.
    #[error("the database did not respond")]
    Db(#[source] DbError),
}

/// Adds credits to an account, or removes some if the number is negative, and returns its new balance.
pub async fn adjust(db: &Db, actor: &Actor, name: &str, credits: i64) -> Result<i64, AdjustError> {
    if credits == 0 {
        return Err(AdjustError::NothingToAdjust);
    }
    if actor.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
        return Err(AdjustError::NoReason);
    }
    let balance = sqlx::query_scalar!(
        r#"
        with adjusted as (
            update account
            set balance = balance + $2
            where name = $1
            returning id, balance
        ), new_ledger as (
            insert into ledger (account, kind, amount)
            select id, 'adjust', $2 from adjusted
        ), new_event as (
            insert into event (kind, account, actor, reason, detail, message)
            select
                'credits.adjusted',
                id,
                $3,
                $4,
                jsonb_build_object('credits', $2, 'balance', balance),
                format('%s: %s credits, balance %s', $1::text, case when $2 > 0 then '+' else '' end || $2::bigint, balance)
            from adjusted
        )
        select balance from adjusted
        "#,
        name,
        credits,
        actor.name,
        actor.reason,
    )
    .fetch_optional(db)
    .await
    .map_err(|error| match constraint(&error) {
        Some("balance_never_negative") => AdjustError::BelowZero,
        _ if is_out_of_range(&error) => AdjustError::TooMany,
        _ => AdjustError::Db(error),
    })?;
    balance.ok_or_else(|| AdjustError::NoSuchAccount(name.to_owned()))
}
