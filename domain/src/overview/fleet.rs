//! The fleet: who is alive, who holds how many leases, and whether expired results are deleted.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::snapshot::MAX_COUNTED;
use crate::{Db, DbError};

/// The largest number of workers that is listed.
pub const MAX_WORKERS: i64 = 200;

/// The workers, together and each.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FleetSummary {
    /// All of them together.
    #[serde(rename = "fleet")]
    pub total: FleetTotal,
    /// The deletion of expired results.
    pub sweep: Sweep,
    /// Each of them, lost ones first, at most [`MAX_WORKERS`].
    pub workers: Vec<Worker>,
}

/// The workers together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetTotal {
    /// Workers that are alive.
    pub alive: i64,
    /// Workers that fell silent within the last hour or so.
    pub lost: i64,
    /// Workers that are alive and take no new jobs.
    pub draining: i64,
    /// The pages that the workers which are alive render at once, without the draining ones.
    pub slots: i64,
}

/// The deletion of expired results.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// When a worker swept last, as far as workers say so.
    pub last_at: Option<DateTime<Utc>>,
    /// Since when results are kept that should have been deleted.
    pub overdue_since: Option<DateTime<Utc>>,
}

/// A worker.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Worker {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How many pages it renders at once.
    pub slots: i32,
    /// How many leases it holds.
    pub busy: i32,
    /// Seconds since its last beat.
    pub silent_s: f64,
    /// Whether it counts as alive.
    pub alive: bool,
    /// Whether it takes no new jobs.
    pub draining: bool,
    /// The memory that it uses with its browsers, if it says so.
    pub memory_bytes: Option<i64>,
    /// Seconds until the first of its leases is past its deadline.
    pub lapses_in_s: Option<f64>,
}

/// Reads the fleet.
pub async fn fleet(db: &Db) -> Result<FleetSummary, DbError> {
    let row = sqlx::query!(
        r#"
        with leased as materialized (
            select worker, count(*) as busy, min(deadline) as deadline
            from (select worker, deadline from queue where deadline is not null limit $1) as leased
            group by worker
        ), known as materialized (
            select
                id,
                name,
                version,
                slots,
                coalesce(leased.busy, 0) as busy,
                extract(epoch from now() - beat_at)::float8 as silent_s,
                is_alive(beat_at) as alive,
                draining_at is not null as draining,
                memory_bytes,
                extract(epoch from leased.deadline - now())::float8 as lapses_in_s,
                swept_at
            from worker
            left join leased on leased.worker = worker.id
        )
        select
            count(*) filter (where alive) as "alive!",
            count(*) filter (where not alive) as "lost!",
            count(*) filter (where alive and draining) as "draining!",
            coalesce(sum(slots) filter (where alive and not draining), 0)::bigint as "slots!",
            max(swept_at) as swept_at,
            sweep_overdue_since() as overdue_since,
            (
                select coalesce(json_agg(listed), '[]')
                from (select * from known order by alive, name, id limit $2) as listed
            ) as "workers!: Json<Vec<Worker>>"
        from known
        "#,
        MAX_COUNTED,
        MAX_WORKERS,
    )
    .fetch_one(db)
    .await?;
    Ok(FleetSummary {
        total: FleetTotal { alive: row.alive, lost: row.lost, draining: row.draining, slots: row.slots },
        sweep: Sweep { last_at: row.swept_at, overdue_since: row.overdue_since },
        workers: row.workers.0,
    })
}
