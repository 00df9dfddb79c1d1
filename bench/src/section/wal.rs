//! Write-ahead log: bytes and commits per job.

use std::time::Duration;

use anyhow::ensure;

use super::Context;
use crate::database::{BenchDatabase, execute};
use crate::plan::Section;
use crate::program::{self, EnqueueArgs, WorkerProcess};
use crate::table::Table;

/// Jobs per call.
const BATCH: u32 = 20;

/// Slots.
const SLOTS: u16 = 16;

/// What a job costs.
struct Cost {
    enqueued: f64,
    worked: f64,
    commits: f64,
}

pub(super) async fn measure(context: Context<'_>, table: &mut Table) -> anyhow::Result<()> {
    let mut costs = Vec::new();
    for _ in 0..context.plan.runs {
        costs.push(cost(context).await?);
    }
    let mut note = |case, unit, value: fn(&Cost) -> f64| {
        table.add(Section::Wal, context.contender, case, unit, costs.iter().map(value).collect());
    };
    note("enqueued", "bytes/job", |cost| cost.enqueued);
    note("drained", "bytes/job", |cost| cost.worked);
    note("both", "bytes/job", |cost| cost.enqueued + cost.worked);
    note("commits while draining", "per job", |cost| cost.commits);
    Ok(())
}

async fn cost(context: Context<'_>) -> anyhow::Result<Cost> {
    let database = BenchDatabase::fresh(context.server, context.contender).await?;
    database.analyze_and_checkpoint().await?;
    let jobs = context.plan.wal_jobs;
    let empty = database.wal_position().await?;
    program::enqueue(&database, &EnqueueArgs { jobs, by: BATCH, ..EnqueueArgs::default() }).await?;
    let full = database.wal_position().await?;
    // Without a checkpoint in between: another one would write full pages again.
    execute(&database.db, "analyze").await?;
    let (start, commits) = (database.wal_position().await?, database.commits().await?);
    let mut worker = WorkerProcess::ready(&database, SLOTS, jobs, false).await?;
    worker.go().await?;
    ensure!(worker.wait_until_ran(Duration::from_mins(1)).await?, "it did not run {jobs} jobs within a minute");
    database.wait_until_completed(jobs, Duration::from_mins(1)).await?;
    let ended = database.wal_position().await?;
    worker.stop().await?;
    let commits = database.commits().await? - commits;
    database.drop_database().await?;
    let per_job = |amount: f64| amount / f64::from(jobs);
    Ok(Cost { enqueued: per_job(full - empty), worked: per_job(ended - start), commits: per_job(commits) })
}
