//! `tintype overview`: prints once what the console shows.

use domain::overview::{self, Overview};

use super::error::CommandError;
use crate::output::OutputFormat;
use crate::output::format::{approximate, capped, count, duration, sanitize, seconds, timestamp};
use crate::summary::{Fleet, LastHour, stored_results};
use crate::target::Target;

/// Prints the state of the service.
pub(crate) async fn run(target: &Target, format: OutputFormat) -> Result<(), CommandError> {
    let db = target.connect().await?;
    let overview = overview::overview(&db).await?;
    Ok(format.print(&overview, || describe(&overview))?)
}

fn describe(overview: &Overview) -> String {
    let queue = &overview.queue;
    let oldest_wait =
        queue.oldest_wait_s.map(|s| format!(", oldest wait {}", duration(seconds(s)))).unwrap_or_default();
    let (last_hour, fleet) = (LastHour::of(overview), Fleet::of(overview));
    let (completed, failed) = (approximate(last_hour.completed), approximate(last_hour.failed));
    let mut lines = vec![
        format!("at          {}", timestamp(overview.at)),
        format!("queued      {}{oldest_wait}", capped(queue.queued)),
        format!("processing  {}", capped(queue.processing)),
        format!("last hour   {completed} completed, {failed} failed"),
        format!("workers     {}, {}", fleet.alive_workers(), fleet.busy_slots()),
        format!("stored      {}", stored_results(overview)),
    ];
    for account in &overview.accounts {
        let suspended = if account.suspended { ", suspended" } else { "" };
        lines.push(format!("account     {}: {} credits{suspended}", sanitize(&account.name), count(account.credits)));
    }
    lines.join("\n")
}
