//! Draining: how fast queued jobs are completed.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::ensure;

use super::{Context, jobs_for};
use crate::database::BenchDatabase;
use crate::plan::Section;
use crate::program::WorkerProcess;
use crate::table::Table;

/// Slots.
const SLOTS: [u16; 4] = [1, 4, 16, 64];

/// How many jobs are queued to estimate the rate, and for how long.
const ESTIMATE: (u32, Duration) = (3_000, Duration::from_millis(1_500));

/// How long a drain may take.
const DRAIN_TIMEOUT: Duration = Duration::from_mins(1);

pub(super) async fn measure(context: Context<'_>, table: &mut Table) -> anyhow::Result<()> {
    for slots in SLOTS {
        let estimate = estimate(context, slots).await?;
        let jobs = jobs_for(estimate, context.plan.seconds, 20..=100_000);
        let mut rates = Vec::new();
        for _ in 0..context.plan.runs {
            rates.push(drain(context, slots, jobs).await?);
        }
        table.add(Section::Drain, context.contender, &case(slots), "jobs/s", rates);
    }
    Ok(())
}

/// Returns the name of a drain with this many slots.
pub(super) fn case(slots: u16) -> String {
    if slots == 1 { "1 slot".to_owned() } else { format!("{slots} slots") }
}

/// Estimates jobs per second, within a short time.
pub(super) async fn estimate(context: Context<'_>, slots: u16) -> anyhow::Result<f64> {
    let database = BenchDatabase::fresh(context.server, context.contender).await?;
    let (jobs, time) = ESTIMATE;
    database.enqueue_backlog(jobs).await?;
    database.analyze_and_checkpoint().await?;
    let mut worker = WorkerProcess::ready(&database, slots, jobs, false).await?;
    worker.go().await?;
    let start = Instant::now();
    worker.wait_until_ran(time).await?;
    let (completed, seconds) = (database.completed(jobs).await?, start.elapsed().as_secs_f64());
    worker.stop().await?;
    database.drop_database().await?;
    Ok(f64::from(u32::try_from(completed)?) / seconds)
}

/// Returns jobs per second, from the start of the first job to the last completion in the database.
async fn drain(context: Context<'_>, slots: u16, jobs: u32) -> anyhow::Result<f64> {
    let database = BenchDatabase::fresh(context.server, context.contender).await?;
    database.enqueue_backlog(jobs).await?;
    database.analyze_and_checkpoint().await?;
    let mut worker = WorkerProcess::ready(&database, slots, jobs, false).await?;
    worker.go().await?;
    ensure!(
        worker.wait_until_ran(DRAIN_TIMEOUT).await?,
        "it did not run {jobs} jobs with {slots} slots in {DRAIN_TIMEOUT:?}"
    );
    database.wait_until_completed(jobs, DRAIN_TIMEOUT).await?;
    let end = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let first = Duration::from_micros(worker.stop().await?.first);
    database.drop_database().await?;
    Ok(f64::from(jobs) / end.saturating_sub(first).as_secs_f64())
}
