//! Start latency: how soon a job starts that is enqueued into an idle queue at half load.

use std::time::Duration;

use anyhow::ensure;

use super::{Context, drain, jobs_for};
use crate::database::BenchDatabase;
use crate::plan::Section;
use crate::program::{self, EnqueueArgs, WorkerProcess};
use crate::table::{Table, percentile};

/// Slots.
const SLOTS: u16 = 4;

/// The maximum rate, however fast the queue drains.
const MAX_RATE: f64 = 500.0;

/// Jobs enqueued before this are not counted, in microseconds: caches are cold.
const WARM_UP_MICROS: u64 = 1_000_000;

pub(super) async fn measure(context: Context<'_>, table: &mut Table) -> anyhow::Result<()> {
    let measured = table.find(Section::Drain, context.contender.name, &drain::case(SLOTS)).map(|figure| figure.median);
    let full = match measured {
        Some(rate) => rate,
        None => drain::estimate(context, SLOTS).await?,
    };
    let rate = (full / 2.0).min(MAX_RATE);
    let (mut medians, mut tails) = (Vec::new(), Vec::new());
    for _ in 0..context.plan.runs {
        let waits = waits(context, rate).await?;
        medians.push(percentile(&waits, 0.5));
        tails.push(percentile(&waits, 0.99));
    }
    table.add(Section::Latency, context.contender, "load", "jobs/s", vec![rate]);
    table.add(Section::Latency, context.contender, "p50", "ms", medians);
    table.add(Section::Latency, context.contender, "p99", "ms", tails);
    Ok(())
}

/// Returns the time from each enqueueing call to the start of its job, in milliseconds.
async fn waits(context: Context<'_>, rate: f64) -> anyhow::Result<Vec<f64>> {
    let database = BenchDatabase::fresh(context.server, context.contender).await?;
    database.analyze_and_checkpoint().await?;
    let mut worker = WorkerProcess::ready(&database, SLOTS, 0, true).await?;
    worker.go().await?;
    // Wait until it listens.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let jobs = jobs_for(rate, f64::from(context.plan.latency_seconds), 10..=100_000);
    program::enqueue(&database, &EnqueueArgs { jobs, rate: Some(rate), ..EnqueueArgs::default() }).await?;
    database.wait_until_completed(jobs, Duration::from_secs(30)).await?;
    let starts = worker.stop().await?.starts;
    database.drop_database().await?;
    let start = starts.iter().map(|(_, sent, _)| *sent).min().unwrap_or(0);
    let counted = starts.iter().filter(|(_, sent, _)| *sent >= start + WARM_UP_MICROS);
    let waits: Vec<f64> = counted
        .map(|(_, sent, started)| Duration::from_micros(started.saturating_sub(*sent)).as_secs_f64() * 1_000.0)
        .collect();
    ensure!(!waits.is_empty(), "no job started");
    Ok(waits)
}
