//! Flushing: adding this process's counts to those of the current minute.

use super::Counters;
use crate::{Db, DbError};

/// Adds the counts of this process to the current minute's. Counts that could not be
/// written, or whose flush was cancelled, are kept for the next flush.
pub async fn flush(db: &Db) -> Result<(), DbError> {
    let mut taken = Taken::from(db.counters());
    if taken.counts != [0; 5] {
        add(db, taken.counts).await?;
        taken.counts = [0; 5];
    }
    Ok(())
}

/// Counts on their way to the database. Dropping it restores what it still holds.
struct Taken<'a> {
    counters: &'a Counters,
    counts: [i64; 5],
}

impl<'a> From<&'a Counters> for Taken<'a> {
    fn from(counters: &'a Counters) -> Self {
        Self { counters, counts: counters.take() }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.counters.restore(self.counts);
    }
}

async fn add(db: &Db, [submitted, completed, failed, result_bytes, render_ms]: [i64; 5]) -> Result<(), DbError> {
    sqlx::query!(
        "insert into stat_minute as total (minute, submitted, completed, failed, result_bytes, render_ms)
         values (date_trunc('minute', now()), $1, $2, $3, $4, $5)
         on conflict (minute) do update set
             submitted = total.submitted + excluded.submitted,
             completed = total.completed + excluded.completed,
             failed = total.failed + excluded.failed,
             result_bytes = total.result_bytes + excluded.result_bytes,
             render_ms = total.render_ms + excluded.render_ms",
        submitted,
        completed,
        failed,
        result_bytes,
        render_ms,
    )
    .execute(db)
    .await
    .map(drop)
}
