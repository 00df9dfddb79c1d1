//! Changes of jobs.

use domain::id::JobId;

use super::level::Level;
use super::shell::quoted;

/// Retries or cancels jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobWrite {
    /// The change.
    pub(crate) change: JobChange,
    /// Which.
    pub(crate) jobs: Jobs,
    /// Why.
    pub(crate) reason: String,
}

/// A change of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobChange {
    /// Submit failed ones again, as new ones.
    Retry,
    /// Cancel unfinished ones.
    Cancel,
}

/// Which jobs are changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Jobs {
    /// These.
    Ids(Vec<JobId>),
    /// All that match a filter, if they are not more than these.
    Matching {
        /// The filter.
        filter: String,
        /// How many matched when it was asked.
        expected: usize,
    },
}

impl JobChange {
    /// The word of the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Cancel => "cancel",
        }
    }
}

impl JobWrite {
    fn count(&self) -> usize {
        match &self.jobs {
            Jobs::Ids(jobs) => jobs.len(),
            Jobs::Matching { expected, .. } => *expected,
        }
    }

    pub(super) fn level(&self) -> Level {
        if self.count() == 1 && matches!(self.jobs, Jobs::Ids(_)) { Level::Row } else { Level::Many }
    }

    pub(super) fn title(&self) -> String {
        let name = self.change.name();
        match self.jobs {
            Jobs::Ids(ref jobs) if jobs.len() == 1 => {
                let effect = match self.change {
                    JobChange::Retry => "debits its credits again",
                    JobChange::Cancel => "refunds its credits",
                };
                format!("{name} {} ({effect})", jobs.first().map(JobId::to_string).unwrap_or_default())
            }
            Jobs::Ids(_) | Jobs::Matching { .. } => format!("{name} {} jobs", self.count()),
        }
    }

    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let selection = match &self.jobs {
            Jobs::Ids(jobs) => ("jobs", format!("{} marked", jobs.len())),
            Jobs::Matching { filter, expected } => {
                let filter = if filter.is_empty() { "all jobs" } else { filter };
                ("filter", format!("{filter}  ({expected} match; refused if it is more when you confirm)"))
            }
        };
        let effect = match self.change {
            JobChange::Retry => {
                "failed ones are submitted again as new jobs and debited; those whose secrets or html are deleted, or \
                 whose account cannot pay, are left out"
            }
            JobChange::Cancel => "unfinished ones fail with CANCELLED and are refunded; those that have ended stay",
        };
        vec![selection, ("effect", effect.to_owned())]
    }

    pub(super) fn confirmation(&self) -> String {
        if self.level() == Level::Row { String::new() } else { self.count().to_string() }
    }

    pub(super) fn command_line(&self) -> String {
        let name = self.change.name();
        match &self.jobs {
            Jobs::Ids(jobs) => {
                let ids: Vec<String> = jobs.iter().map(JobId::to_string).collect();
                format!("tintype job {name} {}", ids.join(" "))
            }
            Jobs::Matching { filter, expected } => {
                format!("tintype jobs {name} --filter {} --expect {expected}", quoted(filter))
            }
        }
    }
}
