//! Outcomes: of a render, and of its job.

use domain::job::{ErrorCode, Rendered};

use super::in_flight::StopReason;
use crate::render::RenderError;

/// The outcome of a render.
#[derive(Debug)]
pub(super) enum RenderOutcome {
    Rendered(Rendered),
    Failed(RenderError),
    /// The database was away when the page was to be read.
    SourceUnavailable,
    Stopped(StopReason),
}

/// The outcome of a job in this attempt.
#[derive(Debug)]
pub(super) enum Outcome {
    Completed {
        bytes: usize,
    },
    Failed(ErrorCode),
    Retrying(ErrorCode),
    Released,
    LeaseLost,
    /// Nothing could be written. The lease lapses, and the job is reaped.
    Unknown(String),
}
