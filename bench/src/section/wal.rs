//! Write-ahead log: how many bytes, and how many commits, a job costs.

use std::time::Duration;

use anyhow::ensure;

use super::Turn;
use crate::ground::{Ground, execute};
use crate::plan::Section;
use crate::program::{self, Order, Working};
use crate::table::Table;

/// How many are enqueued by one call.
const BATCH: u32 = 20;

/// How many jobs at once.
const SLOTS: u16 = 16;

/// What a job costs.
struct Cost {
    enqueued: f64,
    worked: f64,
    commits: f64,
}

pub(super) async fn measure(turn: Turn<'_>, table: &mut Table) -> anyhow::Result<()> {
    let mut costs = Vec::new();
    for _ in 0..turn.plan.runs {
        costs.push(cost(turn).await?);
    }
    let mut note = |case, unit, value: fn(&Cost) -> f64| {
        table.note(Section::Wal, turn.contender, case, unit, costs.iter().map(value).collect());
    };
    note("enqueued", "bytes/job", |cost| cost.enqueued);
    note("worked off", "bytes/job", |cost| cost.worked);
    note("both", "bytes/job", |cost| cost.enqueued + cost.worked);
    note("commits, worked off", "per job", |cost| cost.commits);
    Ok(())
}

async fn cost(turn: Turn<'_>) -> anyhow::Result<Cost> {
    let ground = Ground::fresh(turn.server, turn.contender).await?;
    ground.settle().await?;
    let jobs = turn.plan.wal_jobs;
    let empty = ground.wal().await?;
    program::enqueue(&ground, &Order { jobs, by: BATCH, ..Order::default() }).await?;
    let full = ground.wal().await?;
    // Not settled: another checkpoint would have pages written whole once more.
    execute(&ground.db, "analyze").await?;
    let (begun, commits) = (ground.wal().await?, ground.commits().await?);
    let mut working = Working::ready(&ground, SLOTS, jobs, false).await?;
    working.go().await?;
    ensure!(working.ran(Duration::from_mins(1)).await?, "it did not run {jobs} jobs within a minute");
    ground.all_completed(jobs, Duration::from_mins(1)).await?;
    let ended = ground.wal().await?;
    working.stop().await?;
    let commits = ground.commits().await? - commits;
    ground.clear().await?;
    let per_job = |amount: f64| amount / f64::from(jobs);
    Ok(Cost { enqueued: per_job(full - empty), worked: per_job(ended - begun), commits: per_job(commits) })
}
