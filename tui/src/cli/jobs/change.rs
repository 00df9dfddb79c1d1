//! Changing jobs.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::Db;
use domain::event::Actor;
use domain::id::JobId;
use domain::job;
use serde::Serialize;

use crate::cli::error::CommandError;
use crate::output::format::quantity;

/// The effect of a change.
#[derive(Debug, Serialize)]
pub(crate) struct Changed {
    /// How many jobs.
    jobs: usize,
    /// The new jobs, if they were submitted again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    new: Vec<JobId>,
    /// The credits debited.
    credits: i64,
    /// Why others were left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<String>,
}

impl Changed {
    /// A summary in one line.
    pub(crate) fn describe(&self, verb: &str) -> String {
        let jobs = quantity(i64::try_from(self.jobs).unwrap_or(i64::MAX), "job");
        let new = self.new.iter().map(|id| format!("\n{id}")).collect::<Vec<_>>().concat();
        let left_out = self.left_out.as_ref().map(|reasons| format!("; {reasons}")).unwrap_or_default();
        format!("{verb}: {jobs}{left_out}{new}")
    }
}

/// Submits failed jobs again.
pub(crate) async fn retry(db: &Db, actor: &Actor, jobs: &[JobId]) -> Result<Changed, CommandError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let confirmation = i64::try_from(now.as_nanos()).unwrap_or(i64::MAX);
    let resubmitted = job::resubmit(db, actor, jobs, confirmation).await?;
    let left_out = resubmitted.left_out();
    if resubmitted.jobs.is_empty() {
        return Err(CommandError::Unchanged(left_out.unwrap_or_else(|| "no jobs match".to_owned())));
    }
    let jobs = resubmitted.jobs.len();
    Ok(Changed { jobs, new: resubmitted.jobs, credits: resubmitted.credits, left_out })
}

/// Cancels unfinished jobs.
pub(crate) async fn cancel(db: &Db, actor: &Actor, jobs: &[JobId]) -> Result<Changed, CommandError> {
    let cancelled = usize::try_from(job::cancel_many(db, actor, jobs).await?).unwrap_or(0);
    let ended = jobs.len().saturating_sub(cancelled);
    let left_out = (ended > 0).then(|| format!("left out: {ended} ended, or unknown"));
    if cancelled == 0 {
        return Err(CommandError::Unchanged(left_out.unwrap_or_else(|| "no jobs match".to_owned())));
    }
    Ok(Changed { jobs: cancelled, new: Vec::new(), credits: 0, left_out })
}
