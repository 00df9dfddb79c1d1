//! Draining: a worker ends what it has, and takes nothing new until it is undrained or started again.

use crate::event::Actor;
use crate::id::WorkerId;
use crate::{Db, DbError};

/// What became of a request to drain or to undrain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drain {
    /// The worker changed. It learns of it by its next beat.
    Changed,
    /// It was in that state already.
    Unchanged,
    /// There is no such worker.
    NoSuchWorker,
}

/// Drains a worker: it claims nothing more, ends the jobs that it has, and stays registered.
pub async fn drain(db: &Db, actor: &Actor, worker: WorkerId) -> Result<Drain, DbError> {
    set(db, actor, worker, true).await
}

/// Lets a drained worker claim jobs again.
pub async fn undrain(db: &Db, actor: &Actor, worker: WorkerId) -> Result<Drain, DbError> {
    set(db, actor, worker, false).await
}

async fn set(db: &Db, actor: &Actor, worker: WorkerId, draining: bool) -> Result<Drain, DbError> {
    let row = sqlx::query!(
        r#"
        with changed as (
            update worker
            set draining_at = case when $2 then now() end, drained_at = null
            where id = $1 and (draining_at is not null) <> $2
            returning id, name
        ), new_event as (
            insert into event (kind, worker, actor, reason, message)
            select case when $2 then 'worker.draining' else 'worker.undrained' end, id, $3, $4, name from changed
        )
        select
            exists (select from changed) as "changed!",
            exists (select from worker where id = $1) as "known!"
        "#,
        worker as _,
        draining,
        actor.name,
        actor.reason,
    )
    .fetch_one(db)
    .await?;
    Ok(match (row.changed, row.known) {
        (true, _) => Drain::Changed,
        (false, true) => Drain::Unchanged,
        (false, false) => Drain::NoSuchWorker,
    })
}
