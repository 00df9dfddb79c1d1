//! `tintype accounts`: who spends credits, and who runs out of them.

use clap::{Args, ValueEnum};
use domain::account::{self, AccountPage, AccountSummary, MAX_ACCOUNTS, SpenderOrder};
use domain::{Db, DbError};

use super::error::CommandError;
use crate::output::OutputFormat;
use crate::output::format::{count, duration, sanitize, seconds};
use crate::output::table::{Align, table};
use crate::target::Target;

/// The options of `tintype accounts`.
#[derive(Debug, Args)]
pub(crate) struct AccountsArgs {
    /// The same as without it
    #[arg(value_parser = ["list"], hide = true)]
    list: Option<String>,
    /// Only accounts whose name begins with this, by name
    #[arg(long, value_name = "TEXT", conflicts_with = "sort")]
    prefix: Option<String>,
    /// The order
    #[arg(long, value_enum, default_value_t = Sort::Name)]
    sort: Sort,
    /// The largest number of accounts; those that spend are at most 30
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    limit: i64,
}

/// The order of accounts. All but `name` list only accounts that spent or were refused in the last minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// By name
    Name,
    /// Those that run out of credits soonest, of those that spend most
    RunsDry,
    /// Those that spend most
    Spends,
    /// Those that were refused most often
    Refused,
}

/// Prints accounts.
pub(crate) async fn run(target: &Target, format: OutputFormat, args: &AccountsArgs) -> Result<(), CommandError> {
    let db = target.connect().await?;
    let mut page = match args.sort {
        Sort::Name => by_name(&db, args.prefix.as_deref().unwrap_or_default(), args.limit).await?,
        Sort::RunsDry => account::spenders(&db, SpenderOrder::RunsDry).await?,
        Sort::Spends => account::spenders(&db, SpenderOrder::Spends).await?,
        Sort::Refused => account::spenders(&db, SpenderOrder::Refused).await?,
    };
    page.accounts.truncate(usize::try_from(args.limit).unwrap_or(usize::MAX));
    Ok(format.print(&page, || describe(&page))?)
}

async fn by_name(db: &Db, prefix: &str, limit: i64) -> Result<AccountPage, DbError> {
    let mut page = account::page(db, prefix, None, limit.min(MAX_ACCOUNTS)).await?;
    while let Some(after) = page.next.take() {
        let missing = limit - i64::try_from(page.accounts.len()).unwrap_or(i64::MAX);
        if missing <= 0 {
            page.next = Some(after);
            break;
        }
        let next = account::page(db, prefix, Some(&after), missing.min(MAX_ACCOUNTS)).await?;
        page.accounts.extend(next.accounts);
        (page.next, page.is_complete) = (next.next, next.is_complete);
    }
    Ok(page)
}

fn describe(page: &AccountPage) -> String {
    if page.accounts.is_empty() {
        return "no accounts".to_owned();
    }
    let headings = [
        ("account", Align::Left),
        ("state", Align::Left),
        ("credits", Align::Right),
        ("credits/min", Align::Right),
        ("empty in", Align::Right),
        ("refused", Align::Right),
    ];
    let row = |account: &AccountSummary| {
        [
            sanitize(&account.name),
            account.state.name().to_owned(),
            count(account.credits),
            format!("{:.1}", account.burn_per_minute),
            account.empty_in_s.map(|s| duration(seconds(s))).unwrap_or_default(),
            count(account.refused),
        ]
    };
    let rows = table(headings, &page.accounts.iter().map(row).collect::<Vec<_>>());
    if page.is_complete { rows } else { format!("{rows}\n… and more") }
}
