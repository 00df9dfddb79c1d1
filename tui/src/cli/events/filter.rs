//! The filter of `tintype events`.

use chrono::{DateTime, Utc};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use domain::event::{EventFilter, EventLevel};
use domain::id::JobId;

/// Which events are printed: those that match every option.
#[derive(Debug, Args)]
pub(crate) struct FilterArgs {
    /// Only events of these levels: info, warning, error, audit (what operators did)
    #[arg(long, value_name = "LEVEL", value_delimiter = ',', hide_possible_values = true)]
    #[arg(value_parser = PossibleValuesParser::new(["info", "warning", "error", "audit"]).try_map(|level| level.parse::<EventLevel>()))]
    level: Vec<EventLevel>,
    /// Only events of this kind, such as `worker.lost`, or of all that begin with it: `worker.`
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Only events of this job
    #[arg(long, value_name = "ID")]
    job: Option<JobId>,
    /// Only events of this worker
    #[arg(long, value_name = "NAME|ID")]
    worker: Option<String>,
    /// Only events of this account
    #[arg(long, value_name = "NAME|ID")]
    account: Option<String>,
    /// Only changes by this operator
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Only jobs that failed with this error code
    #[arg(long, value_name = "CODE")]
    error: Option<String>,
    /// Only events at or after this time, such as `2026-11-23T14:00:00Z`
    #[arg(long, value_name = "TIME")]
    since: Option<DateTime<Utc>>,
    /// Only events at or before this time
    #[arg(long, value_name = "TIME")]
    until: Option<DateTime<Utc>>,
}

impl FilterArgs {
    /// The filter.
    pub(super) fn filter(&self) -> EventFilter {
        EventFilter {
            levels: self.level.clone(),
            kind: self.kind.clone(),
            job: self.job,
            worker: self.worker.clone(),
            account: self.account.clone(),
            actor: self.actor.clone(),
            code: self.error.as_ref().map(|code| code.to_uppercase()),
            since: self.since,
            until: self.until,
        }
    }
}
