//! `tintype overview`: what the console draws, once.

use domain::overview::{self, Overview};

use super::CommandError;
use crate::database::Source;
use crate::print::{self, Form};
use crate::text;
use crate::totals::{self, Done, Fleet};

/// Prints how the service stands.
pub(crate) async fn run(source: &Source, form: Form) -> Result<(), CommandError> {
    let db = source.connect().await?;
    let seen = overview::overview(&db).await?;
    match form {
        Form::Json => print::json(&seen)?,
        Form::Text => print::line(&tell(&seen))?,
    }
    Ok(())
}

fn tell(seen: &Overview) -> String {
    let wait = seen
        .queue
        .oldest_wait_s
        .map_or_else(String::new, |s| format!(", the oldest for {}", text::span(text::seconds(s))));
    let (done, fleet) = (Done::of(seen), Fleet::of(seen));
    let mut lines = vec![
        format!("at          {}", seen.at.format("%Y-%m-%d %H:%M:%SZ")),
        format!("queued      {}{wait}", text::probe(seen.queue.queued)),
        format!("processing  {}", text::probe(seen.queue.processing)),
        format!("last hour   {} completed, {} failed", text::about(done.completed), text::about(done.failed)),
        format!("workers     {}, {}", fleet.living(), fleet.working()),
        format!("expiring    {}, in the next 24 h", totals::kept(seen)),
    ];
    for account in &seen.accounts {
        let suspended = if account.suspended { ", suspended" } else { "" };
        lines.push(format!(
            "account     {}: {} credits{suspended}",
            text::clean(&account.name),
            text::count(account.credits)
        ));
    }
    lines.join("\n")
}
