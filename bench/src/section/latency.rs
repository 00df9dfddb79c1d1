//! Start latency: how soon a job starts that was enqueued into an idle queue at half load.

use std::time::Duration;

use anyhow::ensure;

use super::{Turn, drain, jobs_for};
use crate::ground::Ground;
use crate::plan::Section;
use crate::program::{self, Order, Working};
use crate::table::{Table, percentile};

/// How many jobs at once.
const SLOTS: u16 = 4;

/// No more jobs a second than this, however fast the queue drains.
const MOST: f64 = 500.0;

/// What is enqueued so early is not counted, in microseconds: everybody's caches are cold.
const WARM_UP: u64 = 1_000_000;

pub(super) async fn measure(turn: Turn<'_>, table: &mut Table) -> anyhow::Result<()> {
    let measured = table.find(Section::Drain, turn.contender.name, &drain::case(SLOTS)).map(|figure| figure.median);
    let full = match measured {
        Some(rate) => rate,
        None => drain::guess(turn, SLOTS).await?,
    };
    let rate = (full / 2.0).min(MOST);
    let (mut medians, mut tails) = (Vec::new(), Vec::new());
    for _ in 0..turn.plan.runs {
        let waits = waits(turn, rate).await?;
        medians.push(percentile(&waits, 0.5));
        tails.push(percentile(&waits, 0.99));
    }
    table.note(Section::Latency, turn.contender, "load", "jobs/s", vec![rate]);
    table.note(Section::Latency, turn.contender, "p50", "ms", medians);
    table.note(Section::Latency, turn.contender, "p99", "ms", tails);
    Ok(())
}

/// From each call of an enqueue to the start of its job, in milliseconds.
async fn waits(turn: Turn<'_>, rate: f64) -> anyhow::Result<Vec<f64>> {
    let ground = Ground::fresh(turn.server, turn.contender).await?;
    ground.settle().await?;
    let mut working = Working::ready(&ground, SLOTS, 0, true).await?;
    working.go().await?;
    // Until it listens.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let jobs = jobs_for(rate, f64::from(turn.plan.latency_seconds), 10..=100_000);
    program::enqueue(&ground, &Order { jobs, rate: Some(rate), ..Order::default() }).await?;
    ground.all_completed(jobs, Duration::from_secs(30)).await?;
    let starts = working.stop().await?.starts;
    ground.clear().await?;
    let begun = starts.iter().map(|(_, sent, _)| *sent).min().unwrap_or(0);
    let counted = starts.iter().filter(|(_, sent, _)| *sent >= begun + WARM_UP);
    let waits: Vec<f64> = counted
        .map(|(_, sent, started)| Duration::from_micros(started.saturating_sub(*sent)).as_secs_f64() * 1_000.0)
        .collect();
    ensure!(!waits.is_empty(), "no job started");
    Ok(waits)
}
