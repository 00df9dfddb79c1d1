//! `tintype watch`: prints a line for each change, for logs and screen readers.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::Utc;
use clap::{Args, ValueEnum};
use domain::Db;
use domain::overview::{Overview, overview};
use serde::Serialize;
use tokio::time::sleep;

use super::error::CommandError;
use super::overview::{Report, line};
use crate::backoff;
use crate::output::OutputFormat;
use crate::output::format::{capped, count, sanitize};
use crate::target::Target;

/// The longest pause after a failure.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(5);

/// The options of `tintype watch`.
#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// What to watch
    #[arg(value_enum, default_value = "overview")]
    subject: Subject,
    /// Print text without boxes and colours: the default
    #[arg(long, conflicts_with = "json")]
    plain: bool,
    /// Print the present state and end
    #[arg(long)]
    once: bool,
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    interval: u64,
}

impl Default for WatchArgs {
    fn default() -> Self {
        Self { subject: Subject::Overview, plain: true, once: false, interval: 2 }
    }
}

/// What can be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// The state of the service, and what needs attention
    Overview,
}

/// A change.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Change {
    /// When it was seen: `14:32:07Z`.
    at: String,
    /// Which kind of change.
    change: &'static str,
    /// The new state, or the finding that is over.
    text: String,
}

/// Watches until it is ended. A database that does not answer is a change, not an end.
pub(crate) async fn run(target: &Target, format: OutputFormat, args: &WatchArgs) -> Result<(), CommandError> {
    let Subject::Overview = args.subject;
    let mut watched = Watched::default();
    let mut db = None;
    let mut failures = 0;
    loop {
        match look(target, &mut db).await {
            Ok(report) => {
                failures = 0;
                print(format, watched.seen(&report))?;
            }
            Err(error) if args.once => return Err(error),
            Err(error) => {
                db = None;
                failures += 1;
                print(format, watched.failed(&error.to_string()))?;
                sleep(backoff::delay(failures, MAX_RETRY_DELAY)).await;
                continue;
            }
        }
        if args.once {
            return Ok(());
        }
        sleep(Duration::from_secs(args.interval)).await;
    }
}

async fn look(target: &Target, db: &mut Option<Db>) -> Result<Report, CommandError> {
    let connected = match db.take() {
        Some(db) => db,
        None => target.connect().await?,
    };
    let report = Report::new(overview(&connected).await?);
    *db = Some(connected);
    Ok(report)
}

fn print(format: OutputFormat, changes: Vec<Change>) -> Result<(), CommandError> {
    for change in changes {
        format.print(&change, || format!("{} {}: {}", change.at, change.change, change.text))?;
    }
    Ok(())
}

/// The state that was seen last.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    numbers: String,
    /// The findings by their ids, each in one line with its numbers.
    findings: BTreeMap<String, String>,
    outage: Option<String>,
}

impl Watched {
    /// Returns what is different from what was seen last. Another number in the same finding does not count.
    pub(super) fn seen(&mut self, report: &Report) -> Vec<Change> {
        let at = report.overview.snapshot.at.format("%H:%M:%SZ").to_string();
        let change = |change, text: &str| Change { at: at.clone(), change, text: text.to_owned() };
        let mut changes = Vec::new();
        if self.outage.take().is_some() {
            changes.push(change("database", "answers again"));
        }
        let numbers = numbers(&report.overview);
        if self.numbers != numbers {
            changes.push(change("now", &numbers));
            self.numbers = numbers;
        }
        let found: BTreeMap<String, String> =
            report.attention.iter().map(|finding| (finding.id.clone(), line(finding))).collect();
        for (_, text) in self.findings.iter().filter(|(id, _)| !found.contains_key(*id)) {
            changes.push(change("over", text));
        }
        for finding in report.attention.iter().filter(|finding| !self.findings.contains_key(&finding.id)) {
            changes.push(change("attention", &line(finding)));
        }
        self.findings = found;
        changes
    }

    /// Returns that the database does not answer, once for each reason.
    #[expect(clippy::disallowed_methods, reason = "the database does not tell the time")]
    pub(crate) fn failed(&mut self, reason: &str) -> Vec<Change> {
        let reason = sanitize(reason);
        if self.outage.as_ref() == Some(&reason) {
            return Vec::new();
        }
        self.outage = Some(reason.clone());
        vec![Change { at: Utc::now().format("%H:%M:%SZ").to_string(), change: "database", text: reason }]
    }
}

fn numbers(overview: &Overview) -> String {
    let (queue, fleet) = (&overview.snapshot.queue, &overview.fleet.total);
    let last = overview.throughput.iter().rev().nth(1);
    let (done, failed) = last.map_or((0, 0), |minute| (minute.completed, minute.failed));
    format!(
        "{} queued, {} processing, {} done/min, {} failed/min, {} of {} workers alive",
        capped(queue.queued),
        capped(queue.processing),
        count(done),
        count(failed),
        fleet.alive,
        fleet.alive + fleet.lost,
    )
}

#[cfg(test)]
mod tests {
    use domain::overview::Overview;

    use super::{Report, Watched};

    fn report(queued: i64, alive: i64) -> Report {
        let mut overview = Overview::default();
        (overview.snapshot.queue.queued, overview.fleet.total.alive) = (queued, alive);
        Report::new(overview)
    }

    fn words(changes: Vec<super::Change>) -> Vec<&'static str> {
        changes.into_iter().map(|change| change.change).collect()
    }

    #[test]
    fn only_changes_are_printed() {
        let mut watched = Watched::default();
        assert_eq!(words(watched.seen(&report(0, 1))), ["now"]);
        assert!(watched.seen(&report(0, 1)).is_empty());
        assert_eq!(words(watched.seen(&report(3, 0))), ["now", "attention"]);
        assert_eq!(words(watched.seen(&report(4, 0))), ["now"], "the same finding with another number");
        assert_eq!(words(watched.seen(&report(4, 1))), ["now", "over"]);
    }

    #[test]
    fn an_outage_is_printed_once_and_so_is_its_end() {
        let mut watched = Watched::default();
        watched.seen(&report(0, 1));
        assert_eq!(words(watched.failed("refused")), ["database"]);
        assert!(watched.failed("refused").is_empty());
        assert_eq!(words(watched.seen(&report(0, 1))), ["database"]);
    }
}
