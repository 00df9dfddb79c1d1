//! What one check covers: the jobs of one day, and a bounded number of rows.

use uuid::Uuid;

use crate::{Db, DbError};

/// The largest number of rows reported per check.
pub const MAX_ROWS: i64 = 20;

/// The ids of one day's jobs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day {
    pub(super) first: Uuid,
    pub(super) next: Uuid,
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
