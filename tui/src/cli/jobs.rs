//! `tintype jobs`: the jobs that match a filter, as the console shows and changes them.

mod change;
mod describe;

use clap::{Args, Subcommand};
use domain::Db;
use domain::job::browse::{self, JobPage, PAGE_SIZE, Selection};
use serde::Serialize;

use super::actor::ActorArgs;
use super::error::CommandError;
use crate::console::filter;
use crate::output::OutputFormat;
use crate::target::Target;

pub(crate) use change::{Changed, cancel, retry};

/// List, retry and cancel the jobs that match a filter.
#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// List the newest jobs that match
    List {
        #[command(flatten)]
        filter: FilterArgs,
        /// The largest number of jobs
        #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
    },
    /// Submit the failed jobs that match again, as new ones
    ///
    /// They are debited again. At most 1,000 jobs are changed at once.
    Retry(ChangeArgs),
    /// Cancel the unfinished jobs that match, and refund them
    ///
    /// At most 1,000 jobs are changed at once.
    Cancel(ChangeArgs),
}

/// Which jobs.
#[derive(Debug, Args)]
pub(crate) struct FilterArgs {
    /// The filter, such as `status:failed since:1h`; all jobs without one
    #[arg(long, value_name = "FILTER", default_value = "")]
    filter: String,
}

/// The options of a change.
#[derive(Debug, Args)]
pub(crate) struct ChangeArgs {
    /// The filter, such as `status:failed since:1h`
    #[arg(long, value_name = "FILTER")]
    filter: String,
    /// How many jobs you expect to match: nothing is changed if it is more
    #[arg(long, value_name = "N", required_unless_present = "dry_run")]
    expect: Option<usize>,
    /// Print how many jobs match, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    actor: ActorArgs,
}

/// The jobs that a change would be of.
#[derive(Debug, Serialize)]
struct Matching {
    jobs: usize,
    is_capped: bool,
}

/// Lists or changes jobs.
pub(crate) async fn run(target: &Target, format: OutputFormat, command: JobsCommand) -> Result<(), CommandError> {
    let db = target.connect().await?;
    match command {
        JobsCommand::List { filter, limit } => {
            let page = list(&db, &parse(&filter.filter)?, limit).await?;
            Ok(format.print(&page, || describe::page(&page))?)
        }
        JobsCommand::Retry(args) => change(&db, format, args, true).await,
        JobsCommand::Cancel(args) => change(&db, format, args, false).await,
    }
}

/// Reads pages until there are enough jobs, or too many were examined for the next one.
async fn list(db: &Db, selection: &Selection, limit: i64) -> Result<JobPage, CommandError> {
    let mut page = browse::browse(db, selection, None, limit.min(PAGE_SIZE)).await?;
    loop {
        let missing = limit - i64::try_from(page.jobs.len()).unwrap_or(i64::MAX);
        let Some(next) = page.next.filter(|_| missing > 0 && !page.is_scan_limited) else { return Ok(page) };
        let more = browse::browse(db, selection, Some(next), missing.min(PAGE_SIZE)).await?;
        page.jobs.extend(more.jobs);
        (page.next, page.is_scan_limited) = (more.next, more.is_scan_limited);
    }
}

async fn change(db: &Db, format: OutputFormat, args: ChangeArgs, is_retry: bool) -> Result<(), CommandError> {
    let selection = parse(&args.filter)?;
    let Some(expected) = args.expect.filter(|_| !args.dry_run) else {
        let found = browse::count(db, &selection).await?.len();
        let is_capped = i64::try_from(found).is_ok_and(|found| found > browse::MAX_COUNTED);
        let matching = Matching { jobs: found.min(1_000), is_capped };
        return Ok(format.print(&matching, || describe::matching(matching.jobs, is_capped))?);
    };
    let jobs = browse::expect(db, &selection, expected).await?;
    let actor = args.actor.actor();
    if is_retry {
        let changed = retry(db, &actor, &jobs).await?;
        Ok(format.print(&changed, || changed.describe("submitted again"))?)
    } else {
        let changed = cancel(db, &actor, &jobs).await?;
        Ok(format.print(&changed, || changed.describe("cancelled"))?)
    }
}

#[expect(clippy::disallowed_methods, reason = "`since:14:32` is a time of the operator's day")]
fn parse(text: &str) -> Result<Selection, CommandError> {
    filter::parse(text, Some(chrono::Utc::now())).map_err(|error| CommandError::Filter(error.to_string()))
}
