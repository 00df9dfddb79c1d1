//! Leaving the fleet: in order, or long after being lost.

use crate::id::WorkerId;
use crate::{Db, DbError};

/// Takes a worker out of the fleet. Whatever it still holds lapses at once.
pub async fn retire(db: &Db, worker: WorkerId) -> Result<(), DbError> {
    sqlx::query!(
        "with gone as (delete from worker where id = $1 returning id, name)
         insert into event (kind, worker, message) select 'worker.left', id, name from gone",
        worker as _,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Forgets workers that were lost an hour ago: long enough for people to see them.
pub async fn forget(db: &Db) -> Result<u64, DbError> {
    let forgotten = sqlx::query!(
        "with lost as (delete from worker where beat_at < now() - interval '1 hour' returning id, name)
         insert into event (kind, worker, message) select 'worker.lost', id, name from lost"
    )
    .execute(db)
    .await?;
    Ok(forgotten.rows_affected())
}
