//! Suspending and resuming an account.

use crate::event::Actor;
use crate::{Db, DbError};

/// What became of a request to suspend or resume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspension {
    /// The account changed.
    Changed,
    /// It was in that state already.
    Unchanged,
    /// There is no such account.
    NoSuchAccount,
}

/// Stops an account from submitting. Jobs that it has submitted go on.
pub async fn suspend(db: &Db, actor: &Actor, name: &str) -> Result<Suspension, DbError> {
    set(db, actor, name, true).await
}

/// Lets a suspended account submit again.
pub async fn resume(db: &Db, actor: &Actor, name: &str) -> Result<Suspension, DbError> {
    set(db, actor, name, false).await
}

async fn set(db: &Db, actor: &Actor, name: &str, suspended: bool) -> Result<Suspension, DbError> {
    let row = sqlx::query!(
        r#"
        with changed as (
            update account
            set suspended_at = case when $2 then now() end
            where name = $1 and (suspended_at is not null) <> $2
            returning id
        ), new_event as (
            insert into event (kind, account, actor, reason, message)
            select case when $2 then 'account.suspended' else 'account.resumed' end, id, $3, $4, $1 from changed
        )
        select
            exists (select from changed) as "changed!",
            exists (select from account where name = $1) as "known!"
        "#,
        name,
        suspended,
        actor.name,
        actor.reason,
    )
    .fetch_one(db)
    .await?;
    Ok(match (row.changed, row.known) {
        (true, _) => Suspension::Changed,
        (false, true) => Suspension::Unchanged,
        (false, false) => Suspension::NoSuchAccount,
    })
}
