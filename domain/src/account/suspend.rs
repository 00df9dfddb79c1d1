//! Suspending an account, and letting it go on.

use crate::{Db, DbError};

/// What became of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspended {
    /// It is as was asked, from now on.
    Now,
    /// It was so before.
    Before,
    /// There is no such account.
    Unknown,
}

/// Lets an account submit nothing more. What it submitted before goes on.
pub async fn suspend(db: &Db, name: &str) -> Result<Suspended, DbError> {
    set(db, name, true).await
}

/// Lets a suspended account submit again.
pub async fn resume(db: &Db, name: &str) -> Result<Suspended, DbError> {
    set(db, name, false).await
}

async fn set(db: &Db, name: &str, suspended: bool) -> Result<Suspended, DbError> {
    let row = sqlx::query!(
        r#"
        with changed as (
            update account
            set suspended_at = case when $2 then now() end
            where name = $1 and (suspended_at is not null) <> $2
            returning id
        ), told as (
            insert into event (kind, account, message)
            select case when $2 then 'account.suspended' else 'account.resumed' end, id, $1 from changed
        )
        select
            exists (select from changed) as "now!",
            exists (select from account where name = $1) as "known!"
        "#,
        name,
        suspended,
    )
    .fetch_one(db)
    .await?;
    Ok(match (row.now, row.known) {
        (true, _) => Suspended::Now,
        (false, true) => Suspended::Before,
        (false, false) => Suspended::Unknown,
    })
}
