//! Finishing a job: writes its outcome, and retries for as long as its lease lasts.

use std::time::Duration;

use domain::db::{describe, is_away};
use domain::job::{Fence, JobState, Lease, LeaseError, Retried, outcome_of};
use tokio::time::{Instant, timeout_at};

use super::context::SlotContext;
use super::in_flight::StopReason;
use super::outcome::{Outcome, RenderOutcome};
use crate::backoff::Backoff;
use crate::render::RenderError;

/// The first pause after a database error.
const MIN_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// Ends a job whose attempt began at `start`.
pub(super) async fn finish(context: &SlotContext, lease: Lease, rendered: &RenderOutcome, start: Instant) -> Outcome {
    let deadline = start + lease.duration();
    let outcome = timeout_at(deadline, write_with_retries(context, lease, rendered)).await;
    outcome.unwrap_or_else(|_| Outcome::Unknown("the database did not respond in time".to_owned()))
}

async fn write_with_retries(context: &SlotContext, mut lease: Lease, rendered: &RenderOutcome) -> Outcome {
    let fence = lease.fence();
    let mut backoff = Backoff::new(MIN_PAUSE, MAX_PAUSE);
    let mut response_lost = false;
    loop {
        match write(context, lease, rendered).await {
            Ok(outcome) => return outcome,
            Err(LeaseError::Lost(..)) if response_lost => return read_outcome(context, fence, rendered).await,
            Err(LeaseError::Lost(..)) => return Outcome::LeaseLost,
            Err(LeaseError::Db(_, error)) if !is_away(&error) => return Outcome::Unknown(describe(&error)),
            Err(LeaseError::Db(returned, error)) => {
                context.health.report("finish", &error);
                (lease, response_lost) = (returned, true);
            }
        }
        backoff.sleep().await;
    }
}

async fn write(context: &SlotContext, lease: Lease, rendered: &RenderOutcome) -> Result<Outcome, LeaseError> {
    let db = &context.db;
    match rendered {
        RenderOutcome::Rendered(file) => {
            lease.complete(db, file).await.map(|()| Outcome::Completed { bytes: file.bytes.len() })
        }
        RenderOutcome::Failed(RenderError::Permanent(failure)) => {
            lease.fail(db, failure).await.map(|()| Outcome::Failed(failure.code.clone()))
        }
        RenderOutcome::Failed(RenderError::Transient(failure)) => {
            lease.retry(db, failure).await.map(|retried| match retried {
                Retried::Parked => Outcome::Retrying(failure.code.clone()),
                Retried::Failed => Outcome::Failed(failure.code.clone()),
            })
        }
        RenderOutcome::Failed(RenderError::NotAttempted)
        | RenderOutcome::SourceUnavailable
        | RenderOutcome::Stopped(StopReason::NoBeat | StopReason::Shutdown) => {
            lease.release(db).await.map(|()| Outcome::Released)
        }
        RenderOutcome::Stopped(StopReason::LeaseLost) => Ok(Outcome::LeaseLost),
    }
}

/// Reads whether an earlier write, whose response was lost, ended the job.
async fn read_outcome(context: &SlotContext, fence: Fence, rendered: &RenderOutcome) -> Outcome {
    let mut backoff = Backoff::new(MIN_PAUSE, MAX_PAUSE);
    loop {
        match outcome_of(&context.db, fence, attempted(rendered)).await {
            Ok(state) => return outcome(rendered, state),
            Err(_) => backoff.sleep().await,
        }
    }
}

/// The state in which the writes for a render can end its job.
fn attempted(rendered: &RenderOutcome) -> Option<JobState> {
    match rendered {
        RenderOutcome::Rendered(_) => Some(JobState::Completed),
        RenderOutcome::Failed(RenderError::Permanent(_) | RenderError::Transient(_)) => Some(JobState::Failed),
        RenderOutcome::Failed(RenderError::NotAttempted)
        | RenderOutcome::SourceUnavailable
        | RenderOutcome::Stopped(_) => None,
    }
}

/// The outcome of a job, from the outcome of its render and the state that its lease wrote.
fn outcome(rendered: &RenderOutcome, written: Option<JobState>) -> Outcome {
    match (rendered, written) {
        (RenderOutcome::Rendered(file), Some(JobState::Completed)) => Outcome::Completed { bytes: file.bytes.len() },
        (
            RenderOutcome::Failed(RenderError::Permanent(failure) | RenderError::Transient(failure)),
            Some(JobState::Failed),
        ) => Outcome::Failed(failure.code.clone()),
        _ => Outcome::LeaseLost,
    }
}

#[cfg(test)]
mod tests {
    use domain::job::{Blocked, ErrorCode, Failure, JobState, RenderReport, Rendered, Timings};

    use super::{Outcome, RenderError, RenderOutcome, outcome};

    fn rendered(bytes: usize) -> RenderOutcome {
        let (timings, blocked) = (Timings::default(), Blocked::default());
        let (bytes, report) = (vec![0; bytes], RenderReport::default());
        RenderOutcome::Rendered(Rendered {
            bytes,
            content_type: "image/png",
            timings,
            blocked,
            report,
            thumbnail: None,
        })
    }

    #[test]
    fn a_write_whose_response_was_lost_has_the_outcome_it_wrote() {
        let failure = || Failure::new(ErrorCode::TlsError, "no");
        let transient = RenderOutcome::Failed(RenderError::Transient(Box::new(failure())));
        let permanent = RenderOutcome::Failed(RenderError::Permanent(Box::new(failure())));

        assert!(matches!(outcome(&rendered(3), Some(JobState::Completed)), Outcome::Completed { bytes: 3 }));
        assert!(matches!(outcome(&transient, Some(JobState::Failed)), Outcome::Failed(ErrorCode::TlsError)));
        assert!(matches!(outcome(&permanent, Some(JobState::Failed)), Outcome::Failed(_)));
    }

    #[test]
    fn a_job_that_this_lease_did_not_end_is_a_lost_lease() {
        let unavailable = RenderOutcome::SourceUnavailable;

        assert!(matches!(outcome(&rendered(0), Some(JobState::Failed)), Outcome::LeaseLost));
        assert!(matches!(outcome(&rendered(0), None), Outcome::LeaseLost));
        assert!(matches!(outcome(&unavailable, Some(JobState::Failed)), Outcome::LeaseLost));
    }
}
