//! `tintype events`: what happened that the row of no job shows.

mod describe;
mod filter;
mod follow;
mod latest;

use clap::Args;

use self::describe::describe;
use self::filter::FilterArgs;
use self::latest::latest;
use super::error::CommandError;
use crate::output::OutputFormat;
use crate::target::Target;

/// The options of `tintype events`.
#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    /// The largest number of events
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
    /// Print events as they happen, oldest first, until interrupted; with --json, one object a line
    #[arg(long, short)]
    follow: bool,
    #[command(flatten)]
    filter: FilterArgs,
}

/// Prints the latest events, newest first, or follows them.
pub(crate) async fn run(target: &Target, format: OutputFormat, args: &EventsArgs) -> Result<(), CommandError> {
    let db = target.connect().await?;
    let filter = args.filter.filter();
    if args.follow {
        return follow::run(&db, format, &filter, args.limit).await;
    }
    let events = latest(&db, &filter, args.limit).await?;
    Ok(format.print(&events, || describe(&events))?)
}
