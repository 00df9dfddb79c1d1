//! Findings about workers.

use chrono::{DateTime, TimeDelta, Utc};
use domain::overview::{FleetSummary, Snapshot, Worker};

use super::facts::Facts;
use super::finding::{Finding, Severity};
use crate::console::core::route::Route;
use crate::output::format::{capped, duration, quantity, seconds};

/// The largest number of lost workers that are named.
const MAX_NAMED: usize = 4;

/// A worker that has been lost for longer than this, and holds nothing, was stopped on purpose.
const RECENT_S: f64 = 600.0;

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let Some(snapshot) = facts.snapshot else { return Vec::new() };
    let Some(fleet) = facts.fleet else { return stuck(snapshot).into_iter().collect() };
    let mut found: Vec<Finding> = none_alive(snapshot, fleet).into_iter().chain(stuck(snapshot)).collect();
    found.extend(lost(&fleet.workers, snapshot.at));
    let draining = fleet.total.draining;
    if draining > 0 {
        let text = format!("{} draining: no new jobs there", quantity(draining, "worker"));
        found.push(Finding::new(Severity::Notice, "draining", text, Some(Route::Workers(None))));
    }
    found
}

fn none_alive(snapshot: &Snapshot, fleet: &FleetSummary) -> Option<Finding> {
    if fleet.total.alive > 0 {
        return None;
    }
    let queue = &snapshot.queue;
    let waiting = queue.queued + queue.processing;
    let (severity, jobs) = match waiting {
        0 => (Severity::Warning, "no job waits yet".to_owned()),
        _ => (Severity::Critical, format!("{} unfinished jobs wait", capped(waiting))),
    };
    let text = format!("no worker is alive: {jobs}");
    Some(Finding::new(severity, "no-worker", text, Some(Route::Workers(None))))
}

fn stuck(snapshot: &Snapshot) -> Option<Finding> {
    let stuck = snapshot.queue.stuck;
    let text = format!("{} past the deadline: no worker gives the jobs back", quantity(stuck, "lease"));
    let target = Some(Route::Jobs(Some("status:processing".to_owned())));
    (stuck > 0).then(|| Finding::new(Severity::Critical, "stuck", text, target))
}

/// Lost workers that hold leases, then those that were lost lately.
fn lost(workers: &[Worker], at: DateTime<Utc>) -> Vec<Finding> {
    let lost = || workers.iter().filter(|worker| !worker.alive);
    let holding = lost().filter(|worker| worker.busy > 0);
    let idle = lost().filter(|worker| worker.busy == 0 && worker.silent_s < RECENT_S);
    let mut found: Vec<Finding> = holding.chain(idle).map(|worker| describe(worker, at)).collect();
    let more = found.len().saturating_sub(MAX_NAMED);
    if more > 0 {
        found.truncate(MAX_NAMED);
        let text = format!("{more} more workers are lost");
        found.push(Finding::new(Severity::Warning, "more-workers", text, Some(Route::Workers(None))));
    }
    found
}

fn describe(worker: &Worker, at: DateTime<Utc>) -> Finding {
    let silent = seconds(worker.silent_s);
    let severity = if worker.busy > 0 { Severity::Critical } else { Severity::Warning };
    let leases = match (worker.busy, worker.lapses_in_s) {
        (0, _) => String::new(),
        (busy, Some(left)) if left > 0.0 => {
            format!(", holds {} (first ends in {})", quantity(busy.into(), "lease"), duration(seconds(left)))
        }
        (busy, _) => format!(", holds {}", quantity(busy.into(), "lease")),
    };
    let text = format!("worker {} silent for {}{leases}", worker.name, duration(silent));
    let since = TimeDelta::from_std(silent).ok().map(|silent| at - silent);
    let target = Some(Route::Workers(Some(worker.name.clone())));
    Finding::new(severity, format!("worker:{}", worker.name), text, target).since(since)
}
