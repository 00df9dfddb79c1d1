//! The sample: the numbers of the overview that metrics show, read every few seconds.
//!
//! A scrape must not read the database: somebody scrapes often, or from several places.

use metrics::{describe_gauge, gauge};

use super::snapshot::MAX_COUNTED;
use crate::db::MIGRATOR;
use crate::{Db, DbError};

const UP: &str = "tintype_database_up";
const JOBS: &str = "tintype_queue_jobs";
const CAP: &str = "tintype_queue_jobs_cap";
const OLDEST: &str = "tintype_queue_oldest_wait_seconds";
const WORKERS: &str = "tintype_workers";
const SLOTS: &str = "tintype_fleet_slots";
const SCHEMA: &str = "tintype_schema_version";

/// How many of the next jobs of a lane are examined for the one that has waited longest.
const MAX_EXAMINED: i64 = 1_000;

/// Describes the sampled metrics.
pub(crate) fn describe() {
    describe_gauge!(UP, "Whether the database answered last. While it does not, what is read from it is NaN.");
    describe_gauge!(JOBS, "Unfinished jobs by lane and state, up to the cap. Parked jobs wait for another attempt.");
    describe_gauge!(CAP, "The cap of the counts of unfinished jobs: a count that is equal may stand for more.");
    describe_gauge!(OLDEST, "The longest wait among the next 1000 jobs of a lane. 0 if none waits.");
    describe_gauge!(WORKERS, "Workers that beat, and lost ones of the last hour.");
    describe_gauge!(SLOTS, "Pages that the workers which beat can render at once.");
    describe_gauge!(SCHEMA, "The version of the schema that the database has, and the one that this program expects.");
}

/// Reads the sample and sets its gauges, in memory. The cost does not depend on the number of jobs.
pub async fn sample(db: &Db) -> Result<(), DbError> {
    db.record_pool();
    let sampled = read(db).await;
    gauge!(UP).set(if sampled.is_ok() { 1.0 } else { 0.0 });
    match &sampled {
        Ok(sample) => sample.record(),
        // An unknown value must not look like the last known one.
        Err(_) => Sample::UNKNOWN.record(),
    }
    gauge!(SCHEMA, "of" => "database").set(schema_version(db).await.unwrap_or(f64::NAN));
    let expected = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default();
    gauge!(SCHEMA, "of" => "program").set(f64::from(u32::try_from(expected).unwrap_or_default()));
    sampled.map(drop)
}

/// A statement of its own: a role may lack the right to read it.
async fn schema_version(db: &Db) -> Result<f64, DbError> {
    sqlx::query_scalar!(r#"select max(version)::float8 as "version!" from _sqlx_migrations where success"#)
        .fetch_one(db)
        .await
}

/// What the gauges are set to.
#[derive(Debug, Clone, Copy)]
struct Sample {
    interactive_queued: f64,
    bulk_queued: f64,
    interactive_wait_s: f64,
    bulk_wait_s: f64,
    parked: f64,
    processing: f64,
    alive: f64,
    lost: f64,
    slots: f64,
}

impl Sample {
    const UNKNOWN: Self = Self {
        interactive_queued: f64::NAN,
        bulk_queued: f64::NAN,
        interactive_wait_s: f64::NAN,
        bulk_wait_s: f64::NAN,
        parked: f64::NAN,
        processing: f64::NAN,
        alive: f64::NAN,
        lost: f64::NAN,
        slots: f64::NAN,
    };

    fn record(&self) {
        gauge!(JOBS, "lane" => "interactive", "state" => "queued").set(self.interactive_queued);
        gauge!(JOBS, "lane" => "bulk", "state" => "queued").set(self.bulk_queued);
        gauge!(JOBS, "lane" => "any", "state" => "parked").set(self.parked);
        gauge!(JOBS, "lane" => "any", "state" => "processing").set(self.processing);
        gauge!(CAP).set(f64::from(u32::try_from(MAX_COUNTED).unwrap_or(u32::MAX)));
        gauge!(OLDEST, "lane" => "interactive").set(self.interactive_wait_s);
        gauge!(OLDEST, "lane" => "bulk").set(self.bulk_wait_s);
        gauge!(WORKERS, "state" => "alive").set(self.alive);
        gauge!(WORKERS, "state" => "lost").set(self.lost);
        gauge!(SLOTS).set(self.slots);
    }
}

async fn read(db: &Db) -> Result<Sample, DbError> {
    sqlx::query_as!(
        Sample,
        r#"
        select
            (
                select count(*)
                from (select from queue where lease is null and not parked and lane = 0 limit $1) as capped
            )::float8 as "interactive_queued!",
            (
                select count(*)
                from (select from queue where lease is null and not parked and lane = 1 limit $1) as capped
            )::float8 as "bulk_queued!",
            (select count(*) from (select from queue where parked limit $1) as capped)::float8 as "parked!",
            (
                select count(*) from (select from queue where deadline is not null limit $1) as capped
            )::float8 as "processing!",
            (
                select coalesce(extract(epoch from now() - min(due_at)), 0)
                from (
                    select due_at from queue where lease is null and not parked and lane = 0
                    order by lane, fair_tag, job limit $2
                ) as next
            )::float8 as "interactive_wait_s!",
            (
                select coalesce(extract(epoch from now() - min(due_at)), 0)
                from (
                    select due_at from queue where lease is null and not parked and lane = 1
                    order by lane, fair_tag, job limit $2
                ) as next
            )::float8 as "bulk_wait_s!",
            count(*) filter (where is_alive(beat_at))::float8 as "alive!",
            count(*) filter (where is_alive(beat_at) is not true)::float8 as "lost!",
            coalesce(sum(slots) filter (where is_alive(beat_at)), 0)::float8 as "slots!"
        from worker
        "#,
        MAX_COUNTED,
        MAX_EXAMINED,
    )
    .fetch_one(db)
    .await
}
