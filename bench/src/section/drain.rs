//! Draining: how fast what waits is worked off.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::ensure;

use super::{Turn, jobs_for};
use crate::ground::Ground;
use crate::plan::Section;
use crate::program::Working;
use crate::table::Table;

/// How many jobs at once.
const SLOTS: [u16; 4] = [1, 4, 16, 64];

/// How many jobs wait when the rate is guessed, and for how long it is.
const GUESS: (u32, Duration) = (3_000, Duration::from_millis(1_500));

/// How long a drain may take.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) async fn measure(turn: Turn<'_>, table: &mut Table) -> anyhow::Result<()> {
    for slots in SLOTS {
        let guess = guess(turn, slots).await?;
        let jobs = jobs_for(guess, turn.plan.seconds, 20..=100_000);
        let mut rates = Vec::new();
        for _ in 0..turn.plan.runs {
            rates.push(drain(turn, slots, jobs).await?);
        }
        table.note(Section::Drain, turn.contender, &case(slots), "jobs/s", rates);
    }
    Ok(())
}

/// What a drain with so many slots is called.
pub(super) fn case(slots: u16) -> String {
    if slots == 1 { "1 slot".to_owned() } else { format!("{slots} slots") }
}

/// Jobs a second, roughly, within a short time.
pub(super) async fn guess(turn: Turn<'_>, slots: u16) -> anyhow::Result<f64> {
    let ground = Ground::fresh(turn.server, turn.contender).await?;
    let (jobs, time) = GUESS;
    ground.fill(jobs).await?;
    ground.settle().await?;
    let mut working = Working::ready(&ground, slots, jobs, false).await?;
    working.go().await?;
    let begun = Instant::now();
    working.ran(time).await?;
    let (completed, seconds) = (ground.completed(jobs).await?, begun.elapsed().as_secs_f64());
    working.stop().await?;
    ground.clear().await?;
    Ok(f64::from(u32::try_from(completed)?) / seconds)
}

/// Jobs a second, from the start of the first to the last completion that the database shows.
async fn drain(turn: Turn<'_>, slots: u16, jobs: u32) -> anyhow::Result<f64> {
    let ground = Ground::fresh(turn.server, turn.contender).await?;
    ground.fill(jobs).await?;
    ground.settle().await?;
    let mut working = Working::ready(&ground, slots, jobs, false).await?;
    working.go().await?;
    ensure!(working.ran(PATIENCE).await?, "it did not run {jobs} jobs with {slots} slots in {PATIENCE:?}");
    ground.all_completed(jobs, PATIENCE).await?;
    let end = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let first = Duration::from_micros(working.stop().await?.first);
    ground.clear().await?;
    Ok(f64::from(jobs) / end.saturating_sub(first).as_secs_f64())
}
