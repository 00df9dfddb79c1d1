//! `tintype events`: what happened that no job's row tells.

use domain::event::{Event, latest};

use super::CommandError;
use crate::database::Source;
use crate::print::{self, Form, Lean, table};
use crate::text;

/// Prints the latest events, newest first.
pub(crate) async fn run(source: &Source, form: Form, limit: i64) -> Result<(), CommandError> {
    let db = source.connect().await?;
    let events = latest(&db, limit).await?;
    match form {
        Form::Json => print::json(&events)?,
        Form::Text if events.is_empty() => print::line("no events")?,
        Form::Text => print::line(&list(&events))?,
    }
    Ok(())
}

fn list(events: &[Event]) -> String {
    let headings = [("at", Lean::Left), ("kind", Lean::Left), ("of", Lean::Left), ("message", Lean::Left)];
    let row = |event: &Event| {
        let job = event.job.map(|job| job.to_string());
        let worker = event.worker.map(|worker| worker.to_string());
        let account = event.account.map(|account| account.to_string());
        [
            event.at.format("%Y-%m-%d %H:%M:%SZ").to_string(),
            text::clean(&event.kind),
            job.or(worker).or(account).unwrap_or_default(),
            text::clean(&event.message),
        ]
    };
    table(headings, &events.iter().map(row).collect::<Vec<_>>())
}
