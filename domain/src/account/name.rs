//! The name of an account that is known by its id.

use crate::id::AccountId;
use crate::{Db, DbError};

/// Returns the name of an account; `None` if there is no such account.
pub async fn name(db: &Db, account: AccountId) -> Result<Option<String>, DbError> {
    sqlx::query_scalar!("select name from account where id = $1", account as _).fetch_optional(db).await
}
