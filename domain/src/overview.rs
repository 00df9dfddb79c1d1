//! The overview: the state of the service, read in one statement that scans no history.
//!
//! The console's first screen draws this struct, and `tintype overview --json` prints it.

mod sample;

pub use sample::sample;

pub(crate) use sample::describe;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::{Db, DbError};

/// The service at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// The time, by the database's clock.
    pub at: DateTime<Utc>,
    /// The unfinished jobs.
    pub queue: Queue,
    /// Every minute of the last hour, oldest first. Approximate: processes write their counters
    /// about once a second, and a killed process loses the last second's.
    pub throughput: Vec<Minute>,
    /// The accounts with the fewest credits, at most [`MAX_ACCOUNTS`].
    pub accounts: Vec<Account>,
    /// Results that expire, by the hour, soonest first. Approximate, from the same counters.
    pub expiries: Vec<Expiry>,
    /// The workers, lost ones first, at most [`MAX_WORKERS`].
    pub workers: Vec<Worker>,
}

/// The unfinished jobs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    /// Jobs that wait for a worker; exact below [`MAX_COUNTED`], which means that many or more.
    pub queued: i64,
    /// Jobs that are being rendered; exact below [`MAX_COUNTED`].
    pub processing: i64,
    /// How long the oldest claimable job has waited, in seconds.
    pub oldest_wait_s: Option<f64>,
}

/// What happened in one minute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Minute {
    /// Its start.
    pub minute: DateTime<Utc>,
    /// Jobs submitted.
    pub submitted: i64,
    /// Jobs completed.
    pub completed: i64,
    /// Jobs failed.
    pub failed: i64,
}

/// An account and its credits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Credits that can be spent now.
    pub credits: i64,
    /// Whether it is suspended, and may not submit.
    pub suspended: bool,
}

/// Results that expire in one hour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expiry {
    /// The start of the hour.
    pub hour: DateTime<Utc>,
    /// How many results.
    pub results: i64,
    /// Their total size.
    pub bytes: i64,
}

/// A worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Worker {
    /// Its name.
    pub name: String,
    /// How many pages it renders at once.
    pub slots: i32,
    /// How many leases it holds.
    pub busy: i32,
    /// Seconds since its last beat.
    pub silent_s: f64,
    /// Whether it counts as alive.
    pub alive: bool,
}

/// The largest number of jobs that is counted.
pub const MAX_COUNTED: i64 = 10_000;
/// The largest number of accounts that is listed.
pub const MAX_ACCOUNTS: i64 = 50;
/// The largest number of workers that is listed.
pub const MAX_WORKERS: i64 = 200;

/// Reads the overview.
pub async fn overview(db: &Db) -> Result<Overview, DbError> {
    let row = sqlx::query!(
        r#"
        select
            now() as "at!",
            (select count(*) from (select from queue where lease is null limit $1) as counted) as "queued!",
            (select count(*) from (select from queue where deadline is not null limit $1) as counted) as "processing!",
            (
                select extract(epoch from now() - due_at)::float8
                from queue
                where lease is null and not parked
                order by job
                limit 1
            ) as oldest_wait_s,
            (
                select json_agg(json_build_object(
                    'minute', minute,
                    'submitted', coalesce(submitted, 0),
                    'completed', coalesce(completed, 0),
                    'failed', coalesce(failed, 0)
                ) order by minute)
                from generate_series(
                    date_trunc('minute', now()) - interval '59 minutes', now(), interval '1 minute'
                ) as minute
                left join stat_minute using (minute)
            ) as "throughput!: Json<Vec<Minute>>",
            (
                select coalesce(json_agg(poorest), '[]')
                from (
                    select name, balance as credits, suspended_at is not null as suspended
                    from account
                    order by balance, name
                    limit $2
                ) as poorest
            ) as "accounts!: Json<Vec<Account>>",
            (
                select coalesce(json_agg(expiring), '[]')
                from (
                    select
                        date_trunc('hour', minute + retention()) as hour,
                        sum(completed)::bigint as results,
                        sum(result_bytes)::bigint as bytes
                    from stat_minute
                    where minute > now() - retention() and completed > 0
                    group by 1
                    order by 1
                ) as expiring
            ) as "expiries!: Json<Vec<Expiry>>",
            (
                select coalesce(json_agg(fleet), '[]')
                from (
                    select
                        name,
                        slots,
                        (
                            select count(*) from queue where queue.worker = worker.id and queue.deadline is not null
                        ) as busy,
                        extract(epoch from now() - beat_at)::float8 as silent_s,
                        is_alive(beat_at) as alive
                    from worker
                    order by alive, name, id
                    limit $3
                ) as fleet
            ) as "workers!: Json<Vec<Worker>>"
        "#,
        MAX_COUNTED,
        MAX_ACCOUNTS,
        MAX_WORKERS,
    )
    .fetch_one(db)
    .await?;
    Ok(Overview {
        at: row.at,
        queue: Queue { queued: row.queued, processing: row.processing, oldest_wait_s: row.oldest_wait_s },
        throughput: row.throughput.0,
        accounts: row.accounts.0,
        expiries: row.expiries.0,
        workers: row.workers.0,
    })
}
