//! Unparking: jobs that waited for their next attempt are queued again.

use super::announce::announce_queued;
use crate::{Db, DbError};

/// Queues the parked jobs whose wait is over, each with a fresh tag, at most 500 per call,
/// and returns their number. Any number of workers may call it at once.
pub async fn unpark(db: &Db) -> Result<u64, DbError> {
    let unparked = sqlx::query!(
        "with due as materialized (
             select job from queue
             where parked and due_at <= now()
             order by due_at
             limit 500
             for update skip locked
         )
         update queue
         set parked = false, fair_tag = next_fair_tag(lane)
         where job = any(array(select job from due))"
    )
    .execute(db)
    .await?
    .rows_affected();
    announce_queued(db, unparked.cast_signed());
    Ok(unparked)
}
