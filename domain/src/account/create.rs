//! Creating an account.

use crate::db::constraint;
use crate::event::Actor;
use crate::id::AccountId;
use crate::{Db, DbError};

/// Why an account was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Choose another name.
    #[error("an account named {0:?} exists already")]
    NameTaken(String),
    /// Choose a name of 1 to 100 characters.
    #[error("an account's name has 1 to 100 characters")]
    InvalidName,
    /// Start with 0 credits or more.
    #[error("an account cannot start with {0} credits")]
    InvalidCredits(i64),
    /// The database did not respond. Check whether the account exists, and try again.
    #[error("the database did not respond")]
    Db(#[source] DbError),
}

/// Creates an account and grants its first credits.
pub async fn create(db: &Db, actor: &Actor, name: &str, credits: i64) -> Result<AccountId, CreateError> {
    if credits < 0 {
        return Err(CreateError::InvalidCredits(credits));
    }
    sqlx::query_scalar!(
        r#"
        with new_account as (
            insert into account (name, balance)
            values ($1, $2)
            returning id
        ), new_ledger as (
            insert into ledger (account, kind, amount)
            select id, 'grant', $2 from new_account where $2 > 0
        ), new_event as (
            insert into event (kind, account, actor, reason, message)
            select 'account.created', id, $3, $4, format('%s: %s credits', $1::text, $2::bigint) from new_account
        )
        select id as "id: AccountId" from new_account
        "#,
        name,
        credits,
        actor.name,
        actor.reason,
    )
    .fetch_one(db)
    .await
    .map_err(|error| match constraint(&error) {
        Some("account_name_is_taken") => CreateError::NameTaken(name.to_owned()),
        Some("account_has_a_name") => CreateError::InvalidName,
        Some(_) | None => CreateError::Db(error),
    })
}
