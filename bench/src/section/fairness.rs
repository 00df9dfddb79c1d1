//! Fairness: how long a small account waits for its ten jobs behind thousands of another account.

use std::time::Duration;

use super::Context;
use crate::database::BenchDatabase;
use crate::plan::Section;
use crate::program::{self, EnqueueArgs, WorkerProcess};
use crate::table::Table;

/// Slots.
const SLOTS: u16 = 4;

/// The number of jobs of the small account.
const SMALL: u32 = 10;

/// The number of the small account. The large one is 0.
const SMALL_ACCOUNT: u32 = 1;

pub(super) async fn measure(context: Context<'_>, table: &mut Table) -> anyhow::Result<()> {
    let database = BenchDatabase::fresh(context.server, context.contender).await?;
    let dump = context.plan.dump;
    database.enqueue_backlog(dump).await?;
    program::enqueue(
        &database,
        &EnqueueArgs { jobs: SMALL, from: SMALL_ACCOUNT, connections: 1, ..EnqueueArgs::default() },
    )
    .await?;
    database.analyze_and_checkpoint().await?;
    let mut worker = WorkerProcess::ready(&database, SLOTS, dump + SMALL, true).await?;
    worker.go().await?;
    worker.wait_until_ran(context.plan.fairness_timeout).await?;
    let report = worker.stop().await?;
    database.drop_database().await?;
    add_figures(context, &report.starts, report.first, table);
    Ok(())
}

/// Finds the start of the small account's last job among all starts.
fn add_figures(context: Context<'_>, starts: &[(u32, u64, u64)], first: u64, table: &mut Table) {
    let mut small: Vec<u64> =
        starts.iter().filter(|(account, ..)| *account == SMALL_ACCOUNT).map(|(.., started)| *started).collect();
    small.sort_unstable();
    let seen = small.len() >= SMALL as usize;
    let last = if seen { small.last() } else { None };
    let end = last.copied().or_else(|| starts.iter().map(|(.., started)| *started).max()).unwrap_or(first);
    let others = starts.iter().filter(|(account, _, started)| *account != SMALL_ACCOUNT && *started <= end).count();
    let wait = Duration::from_micros(end.saturating_sub(first)).as_secs_f64();
    let others = f64::from(u32::try_from(others).unwrap_or(u32::MAX));
    for (case, unit, value) in
        [("other jobs started before its tenth", "jobs", others), ("wait until its tenth starts", "s", wait)]
    {
        table.add(Section::Fairness, context.contender, case, unit, vec![value]);
        if !seen {
            table.mark_lower_bound();
        }
    }
}
