//! `tintype overview`: prints once what the console shows.

use clap::Args;
use domain::overview::{self, Account, FailureGroup, Latency, Overview, Percentiles, Worker};
use serde::Serialize;

use super::error::CommandError;
use crate::console::attention::{Facts, Finding, findings};
use crate::output::OutputFormat;
use crate::output::format::{
    approximate, bytes, capped, count, duration, millis, quantity, sanitize, seconds, timestamp,
};
use crate::target::Target;

/// The largest number of rows of each kind in the text.
const MAX_ROWS: usize = 10;

/// The options of `tintype overview`.
#[derive(Debug, Args)]
pub(crate) struct OverviewArgs {
    /// Print text without boxes and colours: the default
    #[arg(long, conflicts_with = "json")]
    plain: bool,
    /// Print once and end: the default; `tintype watch` goes on
    #[arg(long)]
    once: bool,
}

/// The overview as it is printed as JSON.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// What the console shows.
    #[serde(flatten)]
    pub(super) overview: Overview,
    /// The findings, the worst first.
    pub(super) attention: Vec<Finding>,
}

impl Report {
    /// Judges what was read.
    pub(super) fn new(overview: Overview) -> Self {
        let attention = findings(&Facts::of(&overview));
        Self { overview, attention }
    }
}

/// Prints the state of the service.
pub(crate) async fn run(target: &Target, format: OutputFormat, _args: &OverviewArgs) -> Result<(), CommandError> {
    let db = target.connect().await?;
    let report = Report::new(overview::overview(&db).await?);
    Ok(format.print(&report, || describe(&report))?)
}

fn describe(Report { overview, attention }: &Report) -> String {
    let snapshot = &overview.snapshot;
    let queue = &snapshot.queue;
    let oldest_wait =
        queue.oldest_wait_s.map(|s| format!(", oldest wait {}", duration(seconds(s)))).unwrap_or_default();
    let parked = if queue.parked > 0 { format!(", {} of them later", capped(queue.parked)) } else { String::new() };
    let completed = overview.throughput.iter().map(|minute| minute.completed).sum();
    let failed = overview.throughput.iter().map(|minute| minute.failed).sum();
    let mut lines = vec![
        format!("at          {}", timestamp(snapshot.at)),
        format!("queued      {}{parked}{oldest_wait}", capped(queue.queued)),
        format!("processing  {}", capped(queue.processing)),
        format!("last hour   {} completed, {} failed", approximate(completed), approximate(failed)),
        format!("workers     {}", workers(overview)),
        format!("stored      {}", stored(overview)),
    ];
    lines.extend(attention.iter().map(|finding| format!("attention   {}", line(finding))));
    lines.extend(overview.outcomes.latency.iter().map(latency));
    lines.extend(overview.outcomes.failures.groups.iter().take(MAX_ROWS).map(failure));
    lines.extend(overview.fleet.workers.iter().filter(|worker| !worker.alive).take(MAX_ROWS).map(lost));
    lines.extend(overview.burn.accounts.iter().take(MAX_ROWS).map(account));
    lines.join("\n")
}

/// A finding in one line: `critical: no worker is alive`.
pub(super) fn line(finding: &Finding) -> String {
    let severity = finding.severity.name();
    let since = finding.since.map(|since| format!(" (since {})", since.format("%H:%M:%SZ"))).unwrap_or_default();
    format!("{severity}: {}{since}", sanitize(&finding.text))
}

/// `2 of 3 alive, 6 of 8 slots busy`. Slots of lost workers are not counted.
fn workers(overview: &Overview) -> String {
    let fleet = &overview.fleet.total;
    let alive = || overview.fleet.workers.iter().filter(|worker| worker.alive);
    let (busy, slots): (i32, i32) = (alive().map(|worker| worker.busy).sum(), alive().map(|worker| worker.slots).sum());
    format!("{} of {} alive, {busy} of {slots} slots busy", fleet.alive, fleet.alive + fleet.lost)
}

/// `≈1,204 results, 462 MB`.
fn stored(overview: &Overview) -> String {
    let results = overview.expiries.iter().map(|expiry| expiry.results).sum();
    let size = overview.expiries.iter().map(|expiry| expiry.bytes).sum();
    format!("≈{}, {}", quantity(results, "result"), bytes(size))
}

fn latency(latency: &Latency) -> String {
    let text = |percentiles: Option<Percentiles>| {
        percentiles.map_or_else(
            || "none".to_owned(),
            |p| format!("p50 ≈{}, p95 ≈{}, p99 ≈{}", millis(p.p50_ms), millis(p.p95_ms), millis(p.p99_ms)),
        )
    };
    format!("latency     {}: wait {}; render {}", sanitize(&latency.kind), text(latency.wait), text(latency.render))
}

fn failure(group: &FailureGroup) -> String {
    let last = timestamp(group.last);
    let (code, kind) = (sanitize(&group.code), sanitize(&group.kind));
    format!("failed      {code} on {kind}: {} in 5 min, {} in 1 h, last {last}", count(group.recent), count(group.hour))
}

fn lost(worker: &Worker) -> String {
    let (name, silent) = (sanitize(&worker.name), duration(seconds(worker.silent_s)));
    format!("lost        {name}: silent for {silent}, holds {}", quantity(worker.busy.into(), "lease"))
}

fn account(account: &Account) -> String {
    let suspended = if account.suspended { ", suspended" } else { "" };
    let refused = if account.refused > 0 {
        format!(", {} refused", quantity(account.refused, "submission"))
    } else {
        String::new()
    };
    let empty = account.empty_in_s.map(|left| format!(", empty in {}", duration(seconds(left)))).unwrap_or_default();
    let (name, credits) = (sanitize(&account.name), count(account.credits));
    format!("account     {name}: {credits} credits, {:.1} spent/min{empty}{refused}{suspended}", account.per_min)
}

#[cfg(test)]
mod tests {
    use domain::overview::{Expiry, FleetSummary, Minute, Overview, Worker};

    use super::{Report, describe, stored, workers};

    fn worker(busy: i32, alive: bool) -> Worker {
        Worker { name: "render".to_owned(), slots: 4, busy, alive, ..Worker::default() }
    }

    #[test]
    fn slots_of_lost_workers_are_not_counted() {
        let listed = vec![worker(3, false), worker(4, true), worker(2, true)];
        let mut fleet = FleetSummary { workers: listed, ..FleetSummary::default() };
        (fleet.total.alive, fleet.total.lost) = (2, 1);

        assert_eq!(workers(&Overview { fleet, ..Overview::default() }), "2 of 3 alive, 6 of 8 slots busy");
    }

    #[test]
    fn minutes_and_hours_are_added_up() {
        let minute = Minute { completed: 600, failed: 2, ..Minute::default() };
        let hour = Expiry { hour: chrono::DateTime::UNIX_EPOCH, results: 700, bytes: 2_300_000 };
        let overview = Overview { throughput: vec![minute; 2], expiries: vec![hour; 2], ..Overview::default() };

        assert_eq!(stored(&overview), "≈1,400 results, 4.6 MB");
        assert!(describe(&Report::new(overview)).contains("last hour   ≈1,200 completed, ≈4 failed"));
    }

    #[test]
    fn the_json_has_one_level_for_what_is_read_together() {
        let json = serde_json::to_value(Report::new(Overview::default())).expect("JSON");
        for field in
            ["at", "queue", "fleet", "sweep", "throughput", "failures", "latency", "accounts", "expiries", "workers"]
        {
            assert!(json.get(field).is_some(), "{field}: {json}");
        }
        assert_eq!(json["attention"][0]["id"], "no-worker");
    }
}
