//! The fleet: every worker, as operators see it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::LATE_AFTER;
use crate::db::interval;
use crate::id::WorkerId;
use crate::{Db, DbError};

/// The largest number of workers that is listed.
pub const MAX_WORKERS: i64 = 500;

/// The workers at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Fleet {
    /// The time, by the database's clock.
    pub at: DateTime<Utc>,
    /// The workers, those in trouble first, at most [`MAX_WORKERS`].
    pub workers: Vec<Worker>,
    /// Whether there are more.
    pub is_cut: bool,
}

/// The state of a worker, the worst first.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    sqlx::Type,
    strum::IntoStaticStr,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum WorkerState {
    /// It has not beaten for 15 seconds: others take over its jobs.
    Lost,
    /// Its last beat is late. After 10 seconds it stops its renders.
    Slow,
    /// An operator drains it: it claims nothing.
    Draining,
    /// It works.
    Ok,
}

/// A worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Worker {
    /// Its registration. A process that is started again has another one.
    pub id: WorkerId,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: WorkerState,
    /// Seconds since its last beat.
    pub silent_s: f64,
    /// When it last beat.
    pub beat_at: DateTime<Utc>,
    /// How many pages it renders at once.
    pub slots: i32,
    /// How many leases it holds. It may hold some more than it has slots, whose results are being stored.
    pub busy: i64,
    /// When the first of its leases lapses, unless the job ends.
    pub lapses_at: Option<DateTime<Utc>>,
    /// The memory of the worker and its browsers, at its last beat. Earlier versions do not report it.
    pub memory_bytes: Option<i64>,
    /// Attempts that completed in the minute before its last beat. Earlier versions do not report it.
    pub completed_1m: Option<i32>,
    /// Attempts that failed in the minute before its last beat. Earlier versions do not report it.
    pub failed_1m: Option<i32>,
    /// Its version of Tintype.
    pub version: String,
    /// Its version of Chromium.
    pub browser: String,
    /// The host that it runs on. Earlier versions do not report it.
    pub host: Option<String>,
    /// The id of its process. Earlier versions do not report it.
    pub pid: Option<i32>,
    /// When it registered.
    pub started_at: DateTime<Utc>,
    /// Since when it is drained.
    pub draining_at: Option<DateTime<Utc>>,
    /// Since when it is drained and has no jobs left: it can be stopped.
    pub drained_at: Option<DateTime<Utc>>,
    /// When it last looked for expired results.
    pub swept_at: Option<DateTime<Utc>>,
}

impl WorkerState {
    /// The name.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Reads the fleet. All leases are read once, whatever the number of workers.
pub async fn fleet(db: &Db) -> Result<Fleet, DbError> {
    let rows = sqlx::query!(
        r#"
        with leased as materialized (
            select worker, count(*) as busy, min(deadline) as lapses_at
            from queue
            where deadline is not null
            group by worker
        )
        select
            now() as "at!",
            worker.id as "id?: WorkerId",
            worker.name as "name?",
            case
                when is_alive(worker.beat_at) is not true then 'lost'
                when worker.beat_at < now() - $2::interval then 'slow'
                when worker.draining_at is not null then 'draining'
                else 'ok'
            end as "state!: WorkerState",
            extract(epoch from now() - worker.beat_at)::float8 as silent_s,
            worker.beat_at as "beat_at?",
            worker.slots as "slots?",
            coalesce(leased.busy, 0) as "busy!",
            leased.lapses_at,
            worker.memory_bytes,
            worker.completed_1m,
            worker.failed_1m,
            worker.version as "version?",
            worker.browser as "browser?",
            worker.host,
            worker.pid,
            worker.started_at as "started_at?",
            worker.draining_at,
            worker.drained_at,
            worker.swept_at
        from (select) as always
        left join worker on true
        left join leased on leased.worker = worker.id
        order by is_alive(worker.beat_at), worker.name, worker.id
        limit $1
        "#,
        MAX_WORKERS + 1,
        interval(LATE_AFTER),
    )
    .fetch_all(db)
    .await?;
    let mut fleet = Fleet { at: rows.first().map(|row| row.at).unwrap_or_default(), ..Fleet::default() };
    fleet.is_cut = i64::try_from(rows.len()).is_ok_and(|rows| rows > MAX_WORKERS);
    for row in rows.into_iter().take(usize::try_from(MAX_WORKERS).unwrap_or(usize::MAX)) {
        // There is one row without a worker if there are no workers.
        let (Some(id), Some(name), Some(beat_at), Some(started_at)) = (row.id, row.name, row.beat_at, row.started_at)
        else {
            continue;
        };
        fleet.workers.push(Worker {
            id,
            name,
            state: row.state,
            silent_s: row.silent_s.unwrap_or_default(),
            beat_at,
            slots: row.slots.unwrap_or_default(),
            busy: row.busy,
            lapses_at: row.lapses_at,
            memory_bytes: row.memory_bytes,
            completed_1m: row.completed_1m,
            failed_1m: row.failed_1m,
            version: row.version.unwrap_or_default(),
            browser: row.browser.unwrap_or_default(),
            host: row.host,
            pid: row.pid,
            started_at,
            draining_at: row.draining_at,
            drained_at: row.drained_at,
            swept_at: row.swept_at,
        });
    }
    fleet.workers.sort_by(|a, b| (a.state, &a.name, a.id).cmp(&(b.state, &b.name, b.id)));
    Ok(fleet)
}
