//! The log line of a job: one per attempt.

use domain::id::JobId;
use domain::job::{Claim, Target};
use tokio::time::Instant;
use tracing::{info, warn};

use super::outcome::Outcome;
use crate::render::timings::milliseconds;

/// The fields of the log line.
pub(super) struct LogContext {
    job: JobId,
    attempt: i16,
    /// The only part of the page's URL that may be logged.
    origin: String,
    pub(super) start: Instant,
}

impl LogContext {
    pub(super) fn new(claim: &Claim) -> Self {
        let origin = match claim.request.as_ref().map(|request| &request.target) {
            Ok(Target::Url(url)) => url.origin(),
            Ok(Target::Html(_)) => "html".to_owned(),
            Err(_) => "invalid".to_owned(),
        };
        Self { job: claim.lease.job(), attempt: claim.attempt, origin, start: Instant::now() }
    }

    /// Logs how the attempt ended.
    pub(super) fn log(self, outcome: Outcome) {
        let Self { job, attempt, origin, start } = self;
        let duration_ms = milliseconds(start.elapsed());
        match outcome {
            Outcome::Completed { bytes } => {
                info!(job.id = %job, attempt, duration_ms, bytes, origin, "rendered {bytes} bytes");
            }
            Outcome::Failed(code) => {
                info!(job.id = %job, attempt, duration_ms, origin, code = code.name(), "failed and refunded");
            }
            Outcome::Retrying(code) => {
                warn!(job.id = %job, attempt, duration_ms, origin, code = code.name(), "failed, will be retried");
            }
            Outcome::Released => info!(job.id = %job, attempt, duration_ms, origin, "released"),
            Outcome::LeaseLost => info!(job.id = %job, attempt, duration_ms, origin, "stopped, lease lost"),
            Outcome::Unknown(why) => {
                warn!(job.id = %job, attempt, duration_ms, origin, "could not be ended, lease will lapse: {why}");
            }
        }
    }
}
