//! Workers, described for people.

use chrono::{DateTime, Utc};
use domain::worker::{Fleet, InFlightJob, Worker};

use crate::fleet_text::{age, headline, memory, note, rate};
use crate::output::format::{duration, sanitize, seconds, timestamp};
use crate::output::table::{Align, table};

/// The fleet as a table.
pub(super) fn describe_fleet(fleet: &Fleet) -> String {
    if fleet.workers.is_empty() {
        return "no workers: start tintype-worker".to_owned();
    }
    let headings = [
        ("worker", Align::Left),
        ("state", Align::Left),
        ("beat", Align::Right),
        ("slots", Align::Right),
        ("memory", Align::Right),
        ("version", Align::Left),
        ("host", Align::Left),
        ("up", Align::Right),
        ("ok/min", Align::Right),
        ("fail/min", Align::Right),
        ("note", Align::Left),
    ];
    let row = |worker: &Worker| {
        [
            sanitize(&worker.name),
            worker.state.name().to_owned(),
            duration(seconds(worker.silent_s)),
            format!("{}/{}", worker.busy, worker.slots),
            memory(worker),
            sanitize(&worker.version),
            worker.host.as_deref().map(sanitize).unwrap_or_default(),
            age(fleet.at, worker.started_at),
            rate(worker, worker.completed_1m),
            rate(worker, worker.failed_1m),
            note(fleet, worker),
        ]
    };
    let rows: Vec<_> = fleet.workers.iter().map(row).collect();
    format!("{}\n\n{}", headline(fleet), table(headings, &rows))
}

/// A worker and its jobs.
pub(super) fn describe(at: DateTime<Utc>, worker: &Worker, jobs: &[InFlightJob]) -> String {
    let since = |time: DateTime<Utc>| format!("{} ({} ago)", timestamp(time), age(at, time));
    let fields = [
        ("worker", Some(worker.name.clone())),
        ("id", Some(worker.id.to_string())),
        ("state", Some(worker.state.name().to_owned())),
        ("last beat", Some(since(worker.beat_at))),
        ("host", worker.host.clone()),
        ("process", worker.pid.map(|pid| pid.to_string())),
        ("version", Some(worker.version.clone())),
        ("browser", Some(worker.browser.clone())),
        ("slots", Some(format!("{} leases, {} slots", worker.busy, worker.slots))),
        ("memory", Some(memory(worker))),
        ("registered", Some(since(worker.started_at))),
        ("drained", worker.draining_at.map(since)),
        ("idle", worker.drained_at.map(since)),
        ("swept", worker.swept_at.map(since)),
    ];
    let lines = fields.into_iter().filter_map(|(name, value)| Some(format!("{name:<10} {}", sanitize(&value?))));
    let shown = lines.collect::<Vec<_>>().join("\n");
    if jobs.is_empty() { shown } else { format!("{shown}\n\n{}", describe_jobs(jobs)) }
}

fn describe_jobs(jobs: &[InFlightJob]) -> String {
    let headings = [
        ("job", Align::Left),
        ("type", Align::Left),
        ("account", Align::Left),
        ("attempt", Align::Right),
        ("run", Align::Right),
        ("lease left", Align::Right),
    ];
    let row = |job: &InFlightJob| {
        [
            job.job.to_string(),
            job.kind.name().to_owned(),
            sanitize(&job.account_name),
            job.attempt.to_string(),
            duration(seconds(job.run_s)),
            duration(seconds(job.lease_left_s)),
        ]
    };
    table(headings, &jobs.iter().map(row).collect::<Vec<_>>())
}
