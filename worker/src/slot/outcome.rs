//! Outcomes of a render and of the job's attempt.

use domain::job::{ErrorCode, Rendered, Timings};

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

impl RenderOutcome {
    /// Returns how long each phase took, if the render had begun.
    pub(super) fn timings(&self) -> Option<Timings> {
        match self {
            Self::Rendered(file) => Some(file.timings),
            Self::Failed(RenderError::Permanent(failure) | RenderError::Transient(failure)) => failure.timings,
            Self::Failed(RenderError::NotAttempted) | Self::SourceUnavailable | Self::Stopped(_) => None,
        }
    }
}

impl Outcome {
    /// Returns its name in logs and traces.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Completed { .. } => "completed",
            Self::Failed(_) => "failed",
            Self::Retrying(_) => "retrying",
            Self::Released => "released",
            Self::LeaseLost => "lease_lost",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Returns what is logged for people.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Completed { bytes } => format!("rendered {bytes} bytes"),
            Self::Failed(_) => "failed and refunded".to_owned(),
            Self::Retrying(_) => "failed, will be retried".to_owned(),
            Self::Released => "released".to_owned(),
            Self::LeaseLost => "stopped, lease lost".to_owned(),
            Self::Unknown(why) => format!("could not be ended, lease will lapse: {why}"),
        }
    }

    /// Returns why the attempt failed.
    pub(super) fn code(&self) -> Option<&ErrorCode> {
        match self {
            Self::Failed(code) | Self::Retrying(code) => Some(code),
            Self::Completed { .. } | Self::Released | Self::LeaseLost | Self::Unknown(_) => None,
        }
    }

    /// Returns the size of the file.
    pub(super) fn bytes(&self) -> Option<usize> {
        if let Self::Completed { bytes } = self { Some(*bytes) } else { None }
    }

    /// Whether the attempt failed.
    pub(super) fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Retrying(_) | Self::Unknown(_))
    }

    /// Whether an operator should look at it, rather than its customer.
    pub(super) fn needs_attention(&self) -> bool {
        matches!(self, Self::Retrying(_) | Self::Unknown(_))
    }
}
