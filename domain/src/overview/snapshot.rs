//! The snapshot: the counts that change from second to second.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Db, DbError};

/// The largest number of jobs that is counted.
pub const MAX_COUNTED: i64 = 10_000;

/// How many of the next jobs of a lane are examined for the one that has waited longest: an account that waits has its
/// oldest job near the head.
const MAX_EXAMINED: i64 = 20;

/// The counts of one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The time, by the database's clock.
    pub at: DateTime<Utc>,
    /// The unfinished jobs.
    pub queue: Queue,
}

/// The unfinished jobs. Counts are exact below [`MAX_COUNTED`], which means that many or more.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    /// Jobs that no worker holds: those of both lanes, and the parked ones.
    pub queued: i64,
    /// Jobs that are being rendered.
    pub processing: i64,
    /// Queued jobs that wait for the time of their next attempt.
    pub parked: i64,
    /// Jobs whose lease is past its deadline, which some worker should have reaped.
    pub stuck: i64,
    /// How long the oldest of the next jobs has waited, in seconds.
    pub oldest_wait_s: Option<f64>,
    /// Those that customers wait for.
    pub interactive: LaneQueue,
    /// Those of batches.
    pub bulk: LaneQueue,
}

/// The claimable jobs of one lane.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LaneQueue {
    /// How many.
    pub queued: i64,
    /// How long the oldest of its next jobs has waited, in seconds.
    pub oldest_wait_s: Option<f64>,
}

/// Reads the snapshot. Its cost does not depend on the number of jobs beyond [`MAX_COUNTED`].
pub async fn snapshot(db: &Db) -> Result<Snapshot, DbError> {
    let row = sqlx::query!(
        r#"
        select
            now() as "at!",
            (
                select count(*)
                from (select from queue where lease is null and not parked and lane = 0 limit $1) as counted
            ) as "interactive!",
            (
                select count(*)
                from (select from queue where lease is null and not parked and lane = 1 limit $1) as counted
            ) as "bulk!",
            (
                select extract(epoch from now() - min(due_at))::float8
                from (
                    select due_at from queue where lease is null and not parked and lane = 0
                    order by lane, fair_tag, job limit $2
                ) as next
            ) as interactive_wait_s,
            (
                select extract(epoch from now() - min(due_at))::float8
                from (
                    select due_at from queue where lease is null and not parked and lane = 1
                    order by lane, fair_tag, job limit $2
                ) as next
            ) as bulk_wait_s,
            (select count(*) from (select from queue where parked limit $1) as counted) as "parked!",
            leased.jobs as "processing!",
            leased.stuck as "stuck!"
        from (
            select count(*) as jobs, count(*) filter (where deadline < now() - interval '10 seconds') as stuck
            from (select deadline from queue where deadline is not null limit $1) as counted
        ) as leased
        "#,
        MAX_COUNTED,
        MAX_EXAMINED,
    )
    .fetch_one(db)
    .await?;
    let oldest = |waits: [Option<f64>; 2]| waits.into_iter().flatten().reduce(f64::max);
    Ok(Snapshot {
        at: row.at,
        queue: Queue {
            queued: (row.interactive + row.bulk + row.parked).min(MAX_COUNTED),
            processing: row.processing,
            parked: row.parked,
            stuck: row.stuck,
            oldest_wait_s: oldest([row.interactive_wait_s, row.bulk_wait_s]),
            interactive: LaneQueue { queued: row.interactive, oldest_wait_s: row.interactive_wait_s },
            bulk: LaneQueue { queued: row.bulk, oldest_wait_s: row.bulk_wait_s },
        },
    })
}
