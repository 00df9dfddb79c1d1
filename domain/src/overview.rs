//! The overview: how the service stands, read in one statement that counts no history.
//!
//! The console's first screen draws this struct, and `tintype overview --json` prints it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::{Db, DbError};

/// The service at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// The moment, by the database's clock.
    pub at: DateTime<Utc>,
    /// What is not finished.
    pub queue: Queue,
    /// What was done in the last hour, oldest minute first, none left out. Approximate:
    /// processes write their counts about once a second, and one that is killed takes the
    /// last of them along.
    pub throughput: Vec<Minute>,
    /// The accounts with the fewest credits, at most [`ACCOUNTS`].
    pub accounts: Vec<Account>,
    /// What disappears when, by the hour, soonest first. Approximate, by the same counts.
    pub expiries: Vec<Expiry>,
    /// Who renders, lost ones first, at most [`WORKERS`].
    pub workers: Vec<Worker>,
}

/// What is not finished.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    /// Jobs that wait for a worker; exact up to [`PROBE`], which means that many or more.
    pub queued: i64,
    /// Jobs that are being rendered; likewise.
    pub processing: i64,
    /// How long the oldest of those that could be claimed has waited, in seconds.
    pub oldest_wait_s: Option<f64>,
}

/// What was done in one minute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Minute {
    /// Its start.
    pub minute: DateTime<Utc>,
    /// Jobs accepted.
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
    /// Whether it may submit.
    pub suspended: bool,
}

/// Results that expire in one hour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expiry {
    /// The start of the hour.
    pub hour: DateTime<Utc>,
    /// How many.
    pub results: i64,
    /// How large, all together.
    pub bytes: i64,
}

/// A worker, and what it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Worker {
    /// Where it runs.
    pub name: String,
    /// How many pages it can render at once.
    pub slots: i32,
    /// How many jobs it holds a lease of.
    pub busy: i32,
    /// Seconds since its last beat.
    pub silent_s: f64,
    /// Whether it counts as alive.
    pub alive: bool,
}

/// How far the depth of the queue is counted.
pub const PROBE: i64 = 10_000;
/// How many accounts are named.
pub const ACCOUNTS: i64 = 50;
/// How many workers are named.
pub const WORKERS: i64 = 200;

/// Reads the overview.
pub async fn overview(db: &Db) -> Result<Overview, DbError> {
    let row = sqlx::query!(
        r#"
        select
            now() as "at!",
            (select count(*) from (select from queue where lease is null limit $1) as probe) as "queued!",
            (select count(*) from (select from queue where deadline is not null limit $1) as probe) as "processing!",
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
                select coalesce(json_agg(going), '[]')
                from (
                    select
                        date_trunc('hour', minute + retention()) as hour,
                        sum(completed)::bigint as results,
                        sum(result_bytes)::bigint as bytes
                    from stat_minute
                    where minute > now() - retention() and completed > 0
                    group by 1
                    order by 1
                ) as going
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
        PROBE,
        ACCOUNTS,
        WORKERS,
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
