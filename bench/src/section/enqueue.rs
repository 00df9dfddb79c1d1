//! Enqueueing: one by one and in batches, into one account and into many.

use super::{Context, jobs_for};
use crate::contenders::Accounts;
use crate::database::BenchDatabase;
use crate::plan::Section;
use crate::program::{self, EnqueueArgs};
use crate::table::Table;

/// Jobs per call.
const BATCHES: [u32; 3] = [1, 20, 1_000];

/// Concurrent calls.
const CALLERS: u32 = 8;

pub(super) async fn measure(context: Context<'_>, table: &mut Table) -> anyhow::Result<()> {
    let accounts: &[u32] = match context.contender.accounts {
        Accounts::Known => &[1, context.plan.accounts],
        Accounts::Unknown => &[1],
    };
    for by in BATCHES {
        for accounts in accounts.iter().copied() {
            let args = |jobs| EnqueueArgs { jobs, by, accounts, connections: CALLERS, ..EnqueueArgs::default() };
            let first = by.max(25) * CALLERS * 2;
            let rate = f64::from(first) / enqueue(context, &args(first)).await?;
            // Use whole batches, and no more than fit on a small disk.
            let jobs = jobs_for(rate, context.plan.seconds, first..=400_000).next_multiple_of(by);
            let mut rates = Vec::new();
            for _ in 0..context.plan.runs {
                rates.push(f64::from(jobs) / enqueue(context, &args(jobs)).await?);
            }
            let account_label = if accounts == 1 { "one account".to_owned() } else { format!("{accounts} accounts") };
            table.add(Section::Enqueue, context.contender, &format!("{by} per call, {account_label}"), "jobs/s", rates);
        }
    }
    Ok(())
}

async fn enqueue(context: Context<'_>, args: &EnqueueArgs) -> anyhow::Result<f64> {
    let database = BenchDatabase::fresh(context.server, context.contender).await?;
    database.analyze_and_checkpoint().await?;
    let seconds = program::enqueue(&database, args).await?;
    database.drop_database().await?;
    Ok(seconds)
}
