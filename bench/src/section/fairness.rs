//! Fairness: how long a small account waits for its ten jobs after another has dumped thousands.

use std::time::Duration;

use super::Turn;
use crate::ground::Ground;
use crate::plan::Section;
use crate::program::{self, Order, Working};
use crate::table::Table;

/// How many jobs at once.
const SLOTS: u16 = 4;

/// How many jobs the small account submits.
const SMALL: u32 = 10;

/// Its number. The large one's is 0.
const SMALL_ACCOUNT: u32 = 1;

pub(super) async fn measure(turn: Turn<'_>, table: &mut Table) -> anyhow::Result<()> {
    let ground = Ground::fresh(turn.server, turn.contender).await?;
    let dump = turn.plan.dump;
    ground.fill(dump).await?;
    program::enqueue(&ground, &Order { jobs: SMALL, from: SMALL_ACCOUNT, connections: 1, ..Order::default() }).await?;
    ground.settle().await?;
    let mut working = Working::ready(&ground, SLOTS, dump + SMALL, true).await?;
    working.go().await?;
    working.ran(turn.plan.fairness_patience).await?;
    let worked = working.stop().await?;
    ground.clear().await?;
    note(turn, &worked.starts, worked.first, table);
    Ok(())
}

/// Looks for the start of the small account's last job among all starts.
fn note(turn: Turn<'_>, starts: &[(u32, u64, u64)], first: u64, table: &mut Table) {
    let mut small: Vec<u64> =
        starts.iter().filter(|(account, ..)| *account == SMALL_ACCOUNT).map(|(.., started)| *started).collect();
    small.sort_unstable();
    let seen = small.len() >= SMALL as usize;
    let last = if seen { small.last() } else { None };
    let end = last.copied().or_else(|| starts.iter().map(|(.., started)| *started).max()).unwrap_or(first);
    let others = starts.iter().filter(|(account, _, started)| *account != SMALL_ACCOUNT && *started <= end).count();
    let wait = Duration::from_micros(end.saturating_sub(first)).as_secs_f64();
    let others = f64::from(u32::try_from(others).unwrap_or(u32::MAX));
    for (case, unit, value) in [("others before its tenth", "jobs", others), ("wait for its tenth", "s", wait)] {
        table.note(Section::Fairness, turn.contender, case, unit, vec![value]);
        if !seen {
            table.at_least();
        }
    }
}
