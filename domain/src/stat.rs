//! Statistics: what was done, added up by each process and written now and then.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::{Db, DbError};

/// Counts since the last flush. Cheap to add to from anywhere.
#[derive(Debug, Default)]
pub struct Tally {
    submitted: AtomicI64,
    completed: AtomicI64,
    failed: AtomicI64,
    result_bytes: AtomicI64,
    render_ms: AtomicI64,
}

impl Tally {
    /// Notes jobs accepted.
    pub fn submitted(&self, jobs: usize) {
        self.submitted.fetch_add(signed(jobs as u128), Ordering::Relaxed);
    }

    /// Notes a job completed.
    pub fn completed(&self, bytes: usize, render_ms: u64) {
        self.completed.fetch_add(1, Ordering::Relaxed);
        self.result_bytes.fetch_add(signed(bytes as u128), Ordering::Relaxed);
        self.render_ms.fetch_add(signed(u128::from(render_ms)), Ordering::Relaxed);
    }

    /// Notes jobs failed.
    pub fn failed(&self, jobs: i64) {
        self.failed.fetch_add(jobs, Ordering::Relaxed);
    }

    /// Adds the counts to the current minute's. What could not be written, or was given up
    /// on, is kept for the next flush.
    pub async fn flush(&self, db: &Db) -> Result<(), DbError> {
        let mut taken = Taken::from(self);
        if taken.counts != [0; 5] {
            add(db, taken.counts).await?;
            taken.counts = [0; 5];
        }
        Ok(())
    }

    fn counters(&self) -> [&AtomicI64; 5] {
        [&self.submitted, &self.completed, &self.failed, &self.result_bytes, &self.render_ms]
    }
}

/// Counts on their way to the database. Those still here when it is dropped go back.
struct Taken<'a> {
    tally: &'a Tally,
    counts: [i64; 5],
}

impl<'a> From<&'a Tally> for Taken<'a> {
    fn from(tally: &'a Tally) -> Self {
        Self { tally, counts: tally.counters().map(|counter| counter.swap(0, Ordering::Relaxed)) }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        for (counter, count) in self.tally.counters().iter().zip(self.counts) {
            counter.fetch_add(count, Ordering::Relaxed);
        }
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

fn signed(count: u128) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
