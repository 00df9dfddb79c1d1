//! How a job is submitted: its priority, and whether the caller waits for it.

use domain::job::{Delivery, Lane};
use poem_openapi::{Enum, Object};

use crate::wire::context::ParseContext;

/// How a job is submitted.
#[derive(Debug, Clone, Default, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Submission {
    /// Your own name for the job, at most 128 characters. It is repeated in the job.
    #[oai(validator(max_length = 128))]
    pub(crate) reference: Option<String>,
    /// `interactive` or `bulk`. The default is `bulk` for a job in a batch and `interactive`
    /// otherwise.
    pub(crate) priority: Option<Priority>,
    /// Return a job id immediately instead of waiting for the file. Get the file with
    /// `GET /v1/jobs/{job_id}/result`.
    pub(crate) async_mode: Option<bool>,
}

/// The priority of a job.
///
/// * `interactive`: someone is waiting for the result.
/// * `bulk`: not urgent; bulk jobs never delay the interactive jobs of the same account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum Priority {
    /// Someone is waiting for the result.
    Interactive,
    /// Not urgent. Bulk jobs never delay the interactive jobs of the same account.
    Bulk,
}

impl Submission {
    /// Returns the lane of the job.
    pub(crate) fn lane(&self, context: &ParseContext<'_>) -> Lane {
        match self.priority {
            Some(Priority::Interactive) => Lane::Interactive,
            Some(Priority::Bulk) => Lane::Bulk,
            None => context.default_lane,
        }
    }

    /// Returns how the caller receives the result.
    pub(crate) fn delivery(&self) -> Delivery {
        if self.async_mode == Some(true) { Delivery::Poll } else { Delivery::Wait }
    }

    /// Rejects `false` in a batch, whose jobs are always asynchronous.
    pub(crate) fn reject_sync(&self, context: &mut ParseContext<'_>) {
        if self.async_mode == Some(false) {
            context.error("async_mode", "must not be false in a batch: its jobs are always asynchronous");
        }
    }
}
