//! Findings about jobs that wait.

use std::time::Duration;

use chrono::TimeDelta;
use domain::overview::{LaneQueue, MAX_COUNTED, Minute, Snapshot};

use super::facts::Facts;
use super::finding::{Finding, Severity};
use crate::console::core::route::Route;
use crate::output::format::{capped, count, duration, seconds};

/// The minutes over which arrivals and ends are compared.
const PERIOD: usize = 5;

/// The waits, in seconds, from which a lane is noticed, warns, and is critical. A batch may wait for longer.
const INTERACTIVE: [f64; 3] = [60.0, 60.0, 300.0];
const BULK: [f64; 3] = [60.0, 1_800.0, 7_200.0];

/// How fast jobs arrive and end, over the last full minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Drain {
    /// Jobs submitted per minute.
    pub(crate) arriving: i64,
    /// Jobs that ended per minute.
    pub(crate) ending: i64,
    /// In how many of the minutes more were submitted than ended.
    behind: usize,
}

impl Drain {
    /// How long it takes until these jobs have ended; `None` if they never do at this rate.
    pub(crate) fn time(&self, jobs: i64) -> Option<Duration> {
        let per_min = self.ending - self.arriving;
        let s = (jobs * 60).checked_div(per_min.max(0))?;
        u64::try_from(s).ok().map(Duration::from_secs)
    }
}

/// Compares what arrives with what ends.
pub(crate) fn drain(minutes: &[Minute]) -> Drain {
    let full: Vec<&Minute> = minutes.iter().rev().skip(1).take(PERIOD).collect();
    let ended = |minute: &&Minute| minute.completed + minute.failed;
    let divisor = i64::try_from(full.len().max(1)).unwrap_or(1);
    Drain {
        arriving: full.iter().map(|minute| minute.submitted).sum::<i64>() / divisor,
        ending: full.iter().map(ended).sum::<i64>() / divisor,
        behind: full.iter().filter(|minute| minute.submitted > ended(minute)).count(),
    }
}

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let Some(snapshot) = facts.snapshot else { return Vec::new() };
    let drain = drain(facts.minutes);
    let waits = [
        wait(snapshot, "interactive", &snapshot.queue.interactive, INTERACTIVE, drain),
        wait(snapshot, "bulk", &snapshot.queue.bulk, BULK, drain),
    ];
    let slots = facts.fleet.map(|fleet| fleet.total.slots);
    waits.into_iter().flatten().chain(growth(snapshot, slots, drain)).collect()
}

fn wait(snapshot: &Snapshot, name: &str, lane: &LaneQueue, limits: [f64; 3], drain: Drain) -> Option<Finding> {
    let waited = lane.oldest_wait_s?;
    let [notice, warning, critical] = limits;
    let severity = match waited {
        s if s > critical => Severity::Critical,
        s if s > warning => Severity::Warning,
        s if s > notice => Severity::Notice,
        _ => return None,
    };
    let left = drain.time(lane.queued).filter(|_| lane.queued < MAX_COUNTED);
    let left = left.map(|left| format!(", drained in ≈{}", duration(left))).unwrap_or_default();
    let text = format!("{name} jobs wait up to {}: {} queued{left}", duration(seconds(waited)), capped(lane.queued));
    let since = TimeDelta::from_std(seconds(waited)).ok().map(|waited| snapshot.at - waited);
    Some(Finding::new(severity, format!("wait:{name}"), text, Some(queued())).since(since))
}

fn growth(snapshot: &Snapshot, slots: Option<i64>, drain: Drain) -> Option<Finding> {
    let queued = snapshot.queue.queued;
    let is_growing = drain.behind == PERIOD && slots.is_some_and(|slots| queued > slots);
    let severity = match queued >= MAX_COUNTED {
        true => Severity::Critical,
        false if is_growing => Severity::Warning,
        false => return None,
    };
    let rates = if is_growing {
        format!(": {}/min in, {}/min out for {PERIOD} min", count(drain.arriving), count(drain.ending))
    } else {
        String::new()
    };
    let text = format!("{} jobs are queued{rates}", capped(queued));
    Some(Finding::new(severity, "growth", text, Some(self::queued())))
}

fn queued() -> Route {
    Route::Jobs(Some("status:queued".to_owned()))
}
