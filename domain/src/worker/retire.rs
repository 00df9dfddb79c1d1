//! Retiring: a worker is removed from the fleet.

use crate::id::WorkerId;
use crate::{Db, DbError};

/// Removes a worker. Leases that it still holds lapse at once.
pub async fn retire(db: &Db, worker: WorkerId) -> Result<(), DbError> {
    sqlx::query!(
        "with removed as (delete from worker where id = $1 returning id, name)
         insert into event (kind, worker, message) select 'worker.left', id, name from removed",
        worker as _,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Removes workers that have been silent for an hour, and returns their number. Until then,
/// operators see them as lost.
pub async fn forget_lost(db: &Db) -> Result<u64, DbError> {
    let removed = sqlx::query!(
        "with lost as (delete from worker where beat_at < now() - interval '1 hour' returning id, name, lost_at)
         insert into event (kind, worker, message)
         select case when lost_at is null then 'worker.lost' else 'worker.forgotten' end, id, name from lost"
    )
    .execute(db)
    .await?;
    Ok(removed.rows_affected())
}
