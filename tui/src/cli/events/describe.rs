//! Events, described for people.

use domain::event::Event;

use crate::output::format::{sanitize, timestamp};
use crate::output::table::{Align, table};

/// An event in one line, as `--follow` prints it.
pub(super) fn line(event: &Event) -> String {
    let [at, level, kind, subject, actor, message, reason] = row(event);
    let by = if actor.is_empty() { String::new() } else { format!("  by {actor}") };
    let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    format!("{at}  {level:<7}  {kind:<16}  {subject}  {message}{by}{reason}").trim_end().to_owned()
}

fn row(event: &Event) -> [String; 7] {
    let job = event.job.map(|job| job.to_string());
    let worker = event.worker.map(|worker| worker.to_string());
    let account = event.account.map(|account| account.to_string());
    [
        timestamp(event.at),
        event.level.name().to_owned(),
        sanitize(&event.kind),
        job.or(worker).or(account).unwrap_or_default(),
        event.actor.as_deref().map(sanitize).unwrap_or_default(),
        sanitize(&event.message),
        event.reason.as_deref().map(sanitize).unwrap_or_default(),
    ]
}

/// Events as a table.
pub(super) fn describe(events: &[Event]) -> String {
    if events.is_empty() {
        return "no events".to_owned();
    }
    let headings =
        ["at", "level", "kind", "subject", "actor", "message", "reason"].map(|heading| (heading, Align::Left));
    table(headings, &events.iter().map(row).collect::<Vec<_>>())
}
