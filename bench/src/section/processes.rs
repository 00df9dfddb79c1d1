//! Processes: how fast queued jobs are completed by the same slots, in one process or in several.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Context, drain, jobs_for};
use crate::database::BenchDatabase;
use crate::plan::Section;
use crate::program::WorkerProcess;
use crate::table::Table;

/// The number of processes.
const PROCESSES: [u16; 3] = [1, 2, 4];

/// The slots of all processes together.
const SLOTS: u16 = 64;

/// How long a drain may take.
const DRAIN_TIMEOUT: Duration = Duration::from_mins(1);

pub(super) async fn measure(context: Context<'_>, table: &mut Table) -> anyhow::Result<()> {
    let measured = table.find(Section::Drain, context.contender.name, &drain::case(SLOTS)).map(|figure| figure.median);
    let rate = match measured {
        Some(rate) => rate,
        None => drain::estimate(context, SLOTS).await?,
    };
    let jobs = jobs_for(rate, context.plan.seconds, u32::from(SLOTS)..=100_000);
    for processes in PROCESSES {
        let mut rates = Vec::new();
        for _ in 0..context.plan.runs {
            rates.push(drain_with(context, processes, jobs).await?);
        }
        let case = if processes == 1 { "1 process".to_owned() } else { format!("{processes} processes") };
        table.add(Section::Processes, context.contender, &case, "jobs/s", rates);
    }
    Ok(())
}

/// Returns jobs per second, from the start of the first job to the last completion in the database.
async fn drain_with(context: Context<'_>, processes: u16, jobs: u32) -> anyhow::Result<f64> {
    let database = BenchDatabase::fresh(context.server, context.contender).await?;
    database.enqueue_backlog(jobs).await?;
    database.analyze_and_checkpoint().await?;
    let mut workers = Vec::new();
    for _process in 0..processes {
        workers.push(WorkerProcess::ready(&database, SLOTS / processes, 0, false).await?);
    }
    for worker in &mut workers {
        worker.go().await?;
    }
    // No process knows what the others have completed.
    database.watch_until_completed(jobs, DRAIN_TIMEOUT).await?;
    let end = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let mut first = u64::MAX;
    for worker in workers {
        first = first.min(worker.stop().await?.first);
    }
    database.drop_database().await?;
    Ok(f64::from(jobs) / end.saturating_sub(Duration::from_micros(first)).as_secs_f64())
}
