//! `tintype ledger`: every movement of an account's credits.

use clap::Args;
use domain::account::{self, LedgerEntry, LedgerPage, MAX_ENTRIES};

use super::error::CommandError;
use crate::output::OutputFormat;
use crate::output::format::{count, sanitize, timestamp};
use crate::output::table::{Align, table};
use crate::target::Target;

/// The options of `tintype ledger`.
#[derive(Debug, Args)]
pub(crate) struct LedgerArgs {
    /// The account's name
    account: String,
    /// The largest number of movements
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    limit: i64,
}

/// Prints the newest movements of an account.
pub(crate) async fn run(target: &Target, format: OutputFormat, args: &LedgerArgs) -> Result<(), CommandError> {
    let db = target.connect().await?;
    let account = account::details(&db, &args.account).await?;
    let account = account.ok_or_else(|| CommandError::NoSuchAccount(args.account.clone()))?.id;
    let mut ledger = account::ledger(&db, account, None, args.limit.min(MAX_ENTRIES)).await?;
    while let Some(after) = ledger.next {
        let missing = args.limit - i64::try_from(ledger.entries.len()).unwrap_or(i64::MAX);
        if missing <= 0 {
            break;
        }
        let page = account::ledger(&db, account, Some(after), missing.min(MAX_ENTRIES)).await?;
        ledger.entries.extend(page.entries);
        ledger.next = page.next;
    }
    Ok(format.print(&ledger, || describe(&ledger))?)
}

fn describe(ledger: &LedgerPage) -> String {
    if ledger.entries.is_empty() {
        return "no movements".to_owned();
    }
    let headings = [
        ("at", Align::Left),
        ("kind", Align::Left),
        ("amount", Align::Right),
        ("balance", Align::Right),
        ("job", Align::Left),
        ("error", Align::Left),
        ("actor", Align::Left),
        ("reason", Align::Left),
    ];
    let row = |entry: &LedgerEntry| {
        let sign = if entry.amount > 0 { "+" } else { "" };
        [
            timestamp(entry.at),
            entry.kind.name().to_owned(),
            format!("{sign}{}", count(entry.amount)),
            count(entry.balance),
            entry.job.map(|job| job.to_string()).unwrap_or_default(),
            entry.error_code.clone().unwrap_or_default(),
            entry.actor.as_deref().map(sanitize).unwrap_or_default(),
            entry.reason.as_deref().map(sanitize).unwrap_or_default(),
        ]
    };
    table(headings, &ledger.entries.iter().map(row).collect::<Vec<_>>())
}
