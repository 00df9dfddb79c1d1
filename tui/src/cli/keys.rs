//! `tintype keys`: API keys, by account, condition or name.

use clap::Args;
use domain::key::{self, KeyFilter, KeyPage};

use super::error::CommandError;
use super::key::describe;
use crate::console::key_filter;
use crate::output::OutputFormat;
use crate::target::Target;

/// How many keys are read at once.
const PAGE: i64 = 200;

/// The options of `tintype keys`.
#[derive(Debug, Args)]
pub(crate) struct KeysArgs {
    /// The same as without it
    #[arg(value_parser = ["list"], hide = true)]
    list: Option<String>,
    /// Only keys that match, as in the console: `account:NAME`, `id:ID`, a part of the name, or a condition: `active`,
    /// `idle`, `stale`, `never_used`, `expires_soon`, `expired` or `revoked`, such as `is:stale`
    #[arg(long, value_name = "FILTER", value_parser = key_filter::parse)]
    filter: Option<KeyFilter>,
    /// The largest number of keys
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    limit: i64,
}

/// Prints keys, newest first.
pub(crate) async fn run(target: &Target, format: OutputFormat, args: &KeysArgs) -> Result<(), CommandError> {
    let db = target.connect().await?;
    let filter = args.filter.clone().unwrap_or_default();
    let mut page = KeyPage::default();
    loop {
        let missing = args.limit - i64::try_from(page.keys.len()).unwrap_or(i64::MAX);
        if missing <= 0 {
            break;
        }
        let next = key::page(&db, &filter, page.next.as_ref(), missing.min(PAGE)).await?;
        page.keys.extend(next.keys);
        (page.at, page.next) = (next.at, next.next);
        if page.next.is_none() {
            break;
        }
    }
    Ok(format.print(&page, || describe::list(&page.keys))?)
}
