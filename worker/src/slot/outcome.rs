//! Outcomes of a render and of the job's attempt.

use domain::job::{ErrorCode, Rendered};

use super::in_flight::StopReason;
use crate::render::RenderError;

/// The outcome of a render.
#[derive(Debug)]
pub(super) enum RenderOutcome {
    Rendered(Rendered),
    Failed(RenderError),
    /// The database was unavailable when the source had to be read.
    SourceUnavailable,
    Stopped(StopReason),
}

/// How the attempt ended for the job.
#[derive(Debug)]
pub(super) enum Outcome {
    Completed {
        bytes: usize,
    },
    Failed(ErrorCode),
    Retrying(ErrorCode),
    Released,
    LeaseLost,
    /// The outcome could not be stored. The lease lapses, and the job is reaped.
    Unknown(String),
}
