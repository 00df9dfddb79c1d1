//! `tintype expiries`: results that expire next, and changes of their expiry.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use domain::id::JobId;
use domain::overview::{self, Expiry};
use domain::result::{
    self, Deleted, Expiring, ExpiringAccounts, ExpiryCursor, Extended, Extension, MAX_HOURS, MAX_PAGE, Storage,
};
use serde::Serialize;

use super::actor::ActorArgs;
use super::error::CommandError;
use crate::output::OutputFormat;
use crate::output::format::{approximate, bytes, count, duration, sanitize, timestamp};
use crate::output::table::{Align, table};
use crate::target::Target;

/// List results that expire next, extend and delete results.
#[derive(Debug, Subcommand)]
pub(crate) enum ExpiriesCommand {
    /// List the results that expire next, and how many expire in each hour
    List(ListArgs),
    /// Keep results for longer
    ///
    /// By at most 24 hours, and at most until the ring of buckets needs the space. Fails if none was extended.
    Extend {
        /// The jobs that the results are of
        #[arg(required = true, value_name = "JOB")]
        jobs: Vec<JobId>,
        /// By how many hours
        #[arg(long, value_name = "N", default_value_t = MAX_HOURS, value_parser = clap::value_parser!(i32).range(1..=24))]
        hours: i32,
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// Delete results now
    ///
    /// The jobs stay completed, and the API responds as for results that have expired. Fails if none was deleted.
    Delete {
        /// The jobs that the results are of
        #[arg(required = true, value_name = "JOB")]
        jobs: Vec<JobId>,
        #[command(flatten)]
        actor: ActorArgs,
    },
}

/// The options of `tintype expiries list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only results that expire then or later, such as 2026-05-01T14:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    from: Option<DateTime<Utc>>,
    /// The largest number of results
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=MAX_PAGE))]
    limit: i64,
}

/// What the console shows.
#[derive(Debug, Serialize)]
struct Expiries {
    hours: Vec<Expiry>,
    next: Vec<Expiring>,
    by_account: Option<ExpiringAccounts>,
    storage: Storage,
}

/// Lists or changes results.
pub(crate) async fn run(target: &Target, format: OutputFormat, command: ExpiriesCommand) -> Result<(), CommandError> {
    let db = target.connect().await?;
    match command {
        ExpiriesCommand::List(ListArgs { from, limit }) => {
            let hours = overview::expiries(&db).await?;
            let next = result::next_to_expire(&db, from.map(ExpiryCursor::At), limit).await?;
            let hour = next.first().and_then(|row| hour_of(row.expires_at));
            let by_account = match hour {
                Some(hour) => Some(result::by_account(&db, hour).await?),
                None => None,
            };
            let expiries = Expiries { hours, next, by_account, storage: result::storage(&db).await? };
            format.print(&expiries, || describe(&expiries))?;
        }
        ExpiriesCommand::Extend { jobs, hours, actor } => {
            let results = result::extend(&db, &actor.actor(), &jobs, hours).await?;
            format.print(&results, || results.iter().map(describe_extended).collect::<Vec<_>>().join("\n"))?;
            if !results.iter().any(|result| matches!(result.extension, Extension::Extended { .. })) {
                return Err(CommandError::NothingChanged);
            }
        }
        ExpiriesCommand::Delete { jobs, actor } => {
            let results = result::delete(&db, &actor.actor(), &jobs).await?;
            format.print(&results, || results.iter().map(describe_deleted).collect::<Vec<_>>().join("\n"))?;
            if results.iter().all(|result| result.bytes.is_none()) {
                return Err(CommandError::NothingChanged);
            }
        }
    }
    Ok(())
}

fn hour_of(time: DateTime<Utc>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(time.timestamp().div_euclid(3_600) * 3_600, 0)
}

fn describe(Expiries { hours, next, by_account, storage }: &Expiries) -> String {
    let results = hours.iter().map(|hour| hour.results.max(0)).sum();
    let mut parts = vec![format!(
        "stored {} results, kept {}; files of {} in {} of 32 buckets",
        approximate(results),
        duration(storage.retention),
        bytes(storage.result_bytes),
        storage.buckets,
    )];
    let headings = [("hour", Align::Left), ("results", Align::Right), ("size", Align::Right)];
    let row = |hour: &Expiry| [timestamp(hour.hour), approximate(hour.results), bytes(hour.bytes)];
    if !hours.is_empty() {
        parts.push(table(headings, &hours.iter().map(row).collect::<Vec<_>>()));
    }
    if let Some(by_account) = by_account {
        let headings = [("account", Align::Left), ("results", Align::Right), ("size", Align::Right)];
        let rows = by_account.accounts.iter().map(|row| [sanitize(&row.account), count(row.results), bytes(row.bytes)]);
        parts.push(format!("of the first {} from {}", count(by_account.sampled), timestamp(by_account.hour)));
        parts.push(table(headings, &rows.collect::<Vec<_>>()));
    }
    let headings = [
        ("expires", Align::Left),
        ("job", Align::Left),
        ("type", Align::Left),
        ("size", Align::Right),
        ("account", Align::Left),
        ("", Align::Left),
    ];
    let row = |row: &Expiring| {
        let extended = if row.extended { "extended" } else { "" };
        [
            timestamp(row.expires_at),
            row.job.to_string(),
            sanitize(&row.content_type),
            bytes(row.size),
            sanitize(&row.account),
            extended.to_owned(),
        ]
    };
    if next.is_empty() {
        parts.push("no results".to_owned());
    } else {
        parts.push(table(headings, &next.iter().map(row).collect::<Vec<_>>()));
    }
    parts.join("\n")
}

fn describe_extended(Extended { job, extension }: &Extended) -> String {
    match extension {
        Extension::Extended { until, .. } => format!("{job}: kept until {}", timestamp(*until)),
        Extension::Limited { until } => format!("{job}: cannot be kept longer than until {}", timestamp(*until)),
        Extension::NoResult => format!("{job}: no result"),
    }
}

fn describe_deleted(Deleted { job, bytes: size }: &Deleted) -> String {
    match size {
        Some(size) => format!("{job}: deleted, {}", bytes(*size)),
        None => format!("{job}: no result"),
    }
}
