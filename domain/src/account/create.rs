//! Creating an account, with the credits it starts with.

use crate::db::constraint;
use crate::id::AccountId;
use crate::{Db, DbError};

/// Why an account was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Choose another name.
    #[error("an account named {0:?} exists already")]
    NameTaken(String),
    /// Give it a name of 1 to 100 characters.
    #[error("an account's name has 1 to 100 characters")]
    BadName,
    /// Start with 0 credits or more.
    #[error("an account cannot start with {0} credits")]
    BadCredits(i64),
    /// The database did not answer. Look whether the account exists, and try again.
    #[error("the database did not answer")]
    Db(#[source] DbError),
}

/// Creates an account and grants its first credits.
pub async fn create(db: &Db, name: &str, credits: i64) -> Result<AccountId, CreateError> {
    if credits < 0 {
        return Err(CreateError::BadCredits(credits));
    }
    sqlx::query_scalar!(
        r#"
        with created as (
            insert into account (name, balance)
            values ($1, $2)
            returning id
        ), granted as (
            insert into ledger (account, kind, amount)
            select id, 'grant', $2 from created where $2 > 0
        )
        select id as "id: AccountId" from created
        "#,
        name,
        credits,
    )
    .fetch_one(db)
    .await
    .map_err(|error| match constraint(&error) {
        Some("account_name_is_taken") => CreateError::NameTaken(name.to_owned()),
        Some("account_has_a_name") => CreateError::BadName,
        Some(_) | None => CreateError::Db(error),
    })
}
