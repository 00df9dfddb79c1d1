//! Selections: which jobs an operator means.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{BatchId, JobId};
use crate::job::error_code::ErrorCode;
use crate::job::state::JobState;
use crate::options::JobType;

/// A moment. One in the past is by the database's clock when the statement runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// This moment.
    At(DateTime<Utc>),
    /// This long ago.
    Ago(Duration),
}

/// Which jobs an operator means: those that match every part that is set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// This job.
    pub id: Option<JobId>,
    /// Jobs in this state.
    pub state: Option<JobState>,
    /// Jobs of this type.
    pub kind: Option<JobType>,
    /// Jobs that failed for this reason.
    pub error: Option<ErrorCode>,
    /// Jobs of the account of this name.
    pub account: Option<String>,
    /// Jobs that this key submitted.
    pub key: Option<String>,
    /// Jobs whose last attempt was by the worker of this name or id.
    pub worker: Option<String>,
    /// Jobs of this batch.
    pub batch: Option<BatchId>,
    /// Jobs that this request submitted.
    pub request: Option<String>,
    /// Jobs with this reference.
    pub reference: Option<String>,
    /// Jobs submitted at this moment or later.
    pub since: Option<Moment>,
    /// Jobs submitted before this moment.
    pub until: Option<Moment>,
    /// Jobs with more attempts than this.
    pub attempts_over: Option<i16>,
    /// Jobs that waited for their last attempt for longer than this, in seconds.
    pub wait_over_s: Option<f64>,
    /// Jobs whose page has this in its URL.
    pub url: Option<String>,
}

/// Where the jobs of a selection are found: each has an index of its own, or a small table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Shape {
    /// One job.
    Id,
    /// The jobs of a batch.
    Batch,
    /// Failed jobs of an account.
    FailedOfAccount,
    /// Failed jobs of a worker.
    FailedOfWorker,
    /// Failed jobs with an error code.
    FailedOfCode,
    /// Failed jobs.
    Failed,
    /// Unfinished jobs.
    Unfinished,
    /// The jobs of an account.
    Account,
    /// All jobs.
    All,
}

impl Selection {
    /// Where its jobs are found.
    pub fn shape(&self) -> Shape {
        let is_failed = self.state == Some(JobState::Failed) || (self.error.is_some() && self.state.is_none());
        match self.state {
            _ if self.id.is_some() => Shape::Id,
            _ if self.batch.is_some() => Shape::Batch,
            Some(JobState::Queued | JobState::Processing) => Shape::Unfinished,
            _ if is_failed && self.account.is_some() => Shape::FailedOfAccount,
            _ if is_failed && self.worker.is_some() => Shape::FailedOfWorker,
            _ if is_failed && self.error.is_some() => Shape::FailedOfCode,
            _ if is_failed => Shape::Failed,
            _ if self.account.is_some() => Shape::Account,
            _ => Shape::All,
        }
    }

    pub(super) fn since_at(&self) -> (Option<DateTime<Utc>>, Option<f64>) {
        parts(self.since)
    }

    pub(super) fn until_at(&self) -> (Option<DateTime<Utc>>, Option<f64>) {
        parts(self.until)
    }
}

/// The time, or the seconds before now.
fn parts(moment: Option<Moment>) -> (Option<DateTime<Utc>>, Option<f64>) {
    match moment {
        None => (None, None),
        Some(Moment::At(time)) => (Some(time), None),
        Some(Moment::Ago(duration)) => (None, Some(duration.as_secs_f64())),
    }
}

#[cfg(test)]
mod tests {
    use super::{Selection, Shape};
    use crate::job::error_code::ErrorCode;
    use crate::job::state::JobState;
    use crate::options::JobType;

    #[test]
    fn every_selection_has_the_smallest_part_of_the_jobs_to_search() {
        let account = || Some("ada".to_owned());
        let failed = Selection { state: Some(JobState::Failed), ..Selection::default() };
        for (selection, shape) in [
            (Selection::default(), Shape::All),
            (Selection { kind: Some(JobType::Pdf), ..Selection::default() }, Shape::All),
            (Selection { state: Some(JobState::Completed), ..Selection::default() }, Shape::All),
            (Selection { account: account(), ..Selection::default() }, Shape::Account),
            (failed.clone(), Shape::Failed),
            (Selection { account: account(), ..failed.clone() }, Shape::FailedOfAccount),
            (Selection { worker: Some("w".to_owned()), ..failed.clone() }, Shape::FailedOfWorker),
            (Selection { error: Some(ErrorCode::TlsError), ..Selection::default() }, Shape::FailedOfCode),
            (Selection { error: Some(ErrorCode::TlsError), account: account(), ..failed }, Shape::FailedOfAccount),
            (Selection { state: Some(JobState::Queued), ..Selection::default() }, Shape::Unfinished),
        ] {
            assert_eq!(selection.shape(), shape, "{selection:?}");
        }
    }
}
