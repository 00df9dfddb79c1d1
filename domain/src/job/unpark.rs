//! Unparking: how a job that rested after a failed attempt stands in line again.

use crate::{Db, DbError};

/// Gives what has rested long enough a fresh place in line, a bounded number at a time;
/// answers how many did. Any worker may do it at any time, several at once.
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
    .await?;
    Ok(unparked.rows_affected())
}
