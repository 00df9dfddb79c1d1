//! Enqueueing: one by one and in batches, into one account and into many.

use super::{Turn, jobs_for};
use crate::contenders::Accounts;
use crate::ground::Ground;
use crate::plan::Section;
use crate::program::{self, Order};
use crate::table::Table;

/// How many by one call.
const BATCHES: [u32; 3] = [1, 20, 1_000];

/// How many calls at once.
const CALLERS: u32 = 8;

pub(super) async fn measure(turn: Turn<'_>, table: &mut Table) -> anyhow::Result<()> {
    let accounts: &[u32] = match turn.contender.accounts {
        Accounts::Known => &[1, turn.plan.accounts],
        Accounts::Unknown => &[1],
    };
    for by in BATCHES {
        for accounts in accounts.iter().copied() {
            let order = |jobs| Order { jobs, by, accounts, connections: CALLERS, ..Order::default() };
            let first = by.max(25) * CALLERS * 2;
            let rate = f64::from(first) / enqueue(turn, &order(first)).await?;
            // Whole batches, and no more than a small disk bears.
            let jobs = jobs_for(rate, turn.plan.seconds, first..=400_000).next_multiple_of(by);
            let mut rates = Vec::new();
            for _ in 0..turn.plan.runs {
                rates.push(f64::from(jobs) / enqueue(turn, &order(jobs)).await?);
            }
            let whose = if accounts == 1 { "one account".to_owned() } else { format!("{accounts} accounts") };
            table.note(Section::Enqueue, turn.contender, &format!("by {by}, {whose}"), "jobs/s", rates);
        }
    }
    Ok(())
}

async fn enqueue(turn: Turn<'_>, order: &Order) -> anyhow::Result<f64> {
    let ground = Ground::fresh(turn.server, turn.contender).await?;
    ground.settle().await?;
    let seconds = program::enqueue(&ground, order).await?;
    ground.clear().await?;
    Ok(seconds)
}
