//! How a job is submitted: its priority, and whether the caller waits for it.

use domain::job::{Delivery, Lane};
use poem_openapi::{Enum, Object};

use crate::wire::context::ParseContext;

/// How a job is submitted.
#[derive(Debug, Clone, Default, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Submission {
    /// `interactive` or `bulk`. The default is `bulk` for a job in a batch and `interactive`
    /// otherwise.
    pub(crate) priority: Option<Priority>,
    /// Return a job id immediately instead of waiting for the file. Get the file with
    /// `GET /v1/jobs/{job_id}/result`.
    pub(crate) async_mode: Option<bool>,
    /// Alias of `async_mode`.
    #[oai(rename = "async")]
    pub(crate) async_alias: Option<bool>,
}

/// The priority of a job.
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

    /// Returns how the caller receives the result, from either field.
    pub(crate) fn delivery(&self, context: &mut ParseContext<'_>) -> Delivery {
        if let (Some(async_mode), Some(alias)) = (self.async_mode, self.async_alias)
            && async_mode != alias
        {
            context.error("async", "contradicts `async_mode`: send only one of them");
        }
        if self.async_mode.or(self.async_alias) == Some(true) { Delivery::Poll } else { Delivery::Wait }
    }

    /// Rejects `false` in a batch, whose jobs are always asynchronous.
    pub(crate) fn reject_sync(&self, context: &mut ParseContext<'_>) {
        for (field, value) in [("async_mode", self.async_mode), ("async", self.async_alias)] {
            if value == Some(false) {
                context.error(field, "must not be false in a batch: its jobs are always asynchronous");
            }
        }
    }
}
