//! `tintype events`: what happened that the row of no job shows.

use clap::Args;
use domain::event::{Event, latest};

use super::error::CommandError;
use crate::output::OutputFormat;
use crate::output::format::{sanitize, timestamp};
use crate::output::table::{Align, table};
use crate::target::Target;

/// The options of `tintype events`.
#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    /// The largest number of events
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
}

/// Prints the latest events, newest first.
pub(crate) async fn run(target: &Target, format: OutputFormat, args: &EventsArgs) -> Result<(), CommandError> {
    let db = target.connect().await?;
    let events = latest(&db, args.limit).await?;
    Ok(format.print(&events, || describe(&events))?)
}

fn describe(events: &[Event]) -> String {
    if events.is_empty() {
        return "no events".to_owned();
    }
    let headings = ["at", "kind", "subject", "actor", "message", "reason"].map(|heading| (heading, Align::Left));
    let row = |event: &Event| {
        let job = event.job.map(|job| job.to_string());
        let worker = event.worker.map(|worker| worker.to_string());
        let account = event.account.map(|account| account.to_string());
        [
            timestamp(event.at),
            sanitize(&event.kind),
            job.or(worker).or(account).unwrap_or_default(),
            event.actor.as_deref().map(sanitize).unwrap_or_default(),
            sanitize(&event.message),
            event.reason.as_deref().map(sanitize).unwrap_or_default(),
        ]
    };
    table(headings, &events.iter().map(row).collect::<Vec<_>>())
}
