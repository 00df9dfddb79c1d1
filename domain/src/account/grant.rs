//! Granting credits.

use crate::db::is_out_of_range;
use crate::event::Actor;
use crate::{Db, DbError};

/// Why nothing was granted.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// Create the account first.
    #[error("there is no account named {0:?}")]
    NoSuchAccount(String),
    /// Grant 1 credit or more.
    #[error("a grant is of 1 credit or more, not {0}")]
    InvalidCredits(i64),
    /// Grant less.
    #[error("the balance would exceed the largest that can be stored")]
    TooMany,
    /// The database did not respond. Check the balance before you try again.
    #[error("the database did not respond")]
    Db(#[source] DbError),
}

/// Adds credits to an account and returns its new balance.
pub async fn grant(db: &Db, actor: &Actor, name: &str, credits: i64) -> Result<i64, GrantError> {
    if credits < 1 {
        return Err(GrantError::InvalidCredits(credits));
    }
    let balance = sqlx::query_scalar!(
        r#"
        with credited as (
            update account
            set balance = balance + $2
            where name = $1
            returning id, balance
        ), new_ledger as (
            insert into ledger (account, kind, amount)
            select id, 'grant', $2 from credited
        ), new_event as (
            insert into event (kind, account, actor, reason, detail, message)
            select
                'credits.granted',
                id,
                $3,
                $4,
                jsonb_build_object('credits', $2, 'balance', balance),
                format('%s: %s credits, balance %s', $1::text, $2::bigint, balance)
            from credited
        )
        select balance from credited
        "#,
        name,
        credits,
        actor.name,
        actor.reason,
    )
    .fetch_optional(db)
    .await
    .map_err(|error| if is_out_of_range(&error) { GrantError::TooMany } else { GrantError::Db(error) })?;
    balance.ok_or_else(|| GrantError::NoSuchAccount(name.to_owned()))
}
