//! Granting credits.

use crate::{Db, DbError};

/// Why nothing was granted.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// Create the account first.
    #[error("there is no account named {0:?}")]
    NoSuchAccount(String),
    /// Grant 1 credit or more.
    #[error("a grant is of 1 credit or more, not {0}")]
    BadCredits(i64),
    /// The balance would not fit. Grant less.
    #[error("the balance would pass the largest that can be kept")]
    TooMany,
    /// The database did not answer. Look at the balance before you try again.
    #[error("the database did not answer")]
    Db(#[source] DbError),
}

/// SQLSTATE of a number that does not fit its column.
const OUT_OF_RANGE: &str = "22003";

/// Adds credits to an account and answers its new balance.
pub async fn grant(db: &Db, name: &str, credits: i64) -> Result<i64, GrantError> {
    if credits < 1 {
        return Err(GrantError::BadCredits(credits));
    }
    let balance = sqlx::query_scalar!(
        r#"
        with granted as (
            update account
            set balance = balance + $2
            where name = $1
            returning id, balance
        ), noted as (
            insert into ledger (account, kind, amount)
            select id, 'grant', $2 from granted
        )
        select balance from granted
        "#,
        name,
        credits,
    )
    .fetch_optional(db)
    .await
    .map_err(|error| match error.as_database_error().and_then(sqlx::error::DatabaseError::code) {
        Some(code) if code == OUT_OF_RANGE => GrantError::TooMany,
        Some(_) | None => GrantError::Db(error),
    })?;
    balance.ok_or_else(|| GrantError::NoSuchAccount(name.to_owned()))
}
