//! What one check covers: the jobs of one day, and a bounded number of rows.

use std::time::Duration;

use uuid::Uuid;

use crate::db::interval;
use crate::id::WorkerId;
use crate::{Db, DbError};

/// The largest number of rows reported per check.
pub const MAX_ROWS: i64 = 20;

/// The ids of one day's jobs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day {
    pub(super) first: Uuid,
    pub(super) next: Uuid,
}

/// The jobs that were submitted since a job may be unfinished, with an hour to spare; `None` if
/// this worker is not the first of those that beat.
pub(super) async fn recent(db: &Db, worker: WorkerId, max_age: Duration) -> Result<Option<Day>, DbError> {
    let first = sqlx::query_scalar!(
        r#"
        select uuid_at(now() - $2::interval - interval '1 hour') as "first!"
        where $1 = (select id from worker where is_alive(beat_at) order by started_at, id limit 1)
        "#,
        worker as _,
        interval(max_age),
    )
    .fetch_optional(db)
    .await?;
    Ok(first.map(|first| Day { first, next: Uuid::max() }))
}

/// The days that have jobs. The last one has no end.
pub(super) async fn days(db: &Db) -> Result<Vec<Day>, DbError> {
    let mut days = sqlx::query_as!(
        Day,
        r#"
        select uuid_at(day) as "first!", uuid_at(day + interval '1 day') as "next!"
        from generate_series(
            greatest(history_begins(), now() - interval '60 days'), now() + interval '2 days', interval '1 day'
        ) as day
        order by day
        "#
    )
    .fetch_all(db)
    .await?;
    if let Some(last) = days.last_mut() {
        last.next = Uuid::max();
    }
    Ok(days)
}
