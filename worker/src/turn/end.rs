//! Ending a job: however long the database is away, for as long as the lease lasts.

use std::time::Duration;

use domain::job::{Fence, Lease, LeaseError, Retried, State, ended_by};
use domain::schema::is_away;
use tokio::time::{Instant, timeout_at};

use super::{Ending, Means, Outcome};
use crate::backoff::Backoff;
use crate::live::Stop;
use crate::render::{NotRendered, milliseconds};

/// The first pause after the database failed.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest.
const PAUSE: Duration = Duration::from_secs(1);

impl Means {
    /// Ends a job whose turn began at `start`, and counts it.
    pub(super) async fn end(&self, lease: Lease, outcome: Outcome, start: Instant) -> Ending {
        let spent = start.elapsed();
        let ending = timeout_at(start + lease.term(), self.insist(lease, &outcome)).await;
        let ending = ending.unwrap_or_else(|_| Ending::Unknown("the database did not answer in time".to_owned()));
        match &ending {
            Ending::Completed(bytes) => self.tally.completed(*bytes, milliseconds(spent)),
            Ending::Failed(_) => self.tally.failed(1),
            Ending::Again(_) | Ending::Released | Ending::Lost | Ending::Unknown(_) => {}
        }
        ending
    }

    /// Writes how a turn went, again and again until the database answers.
    async fn insist(&self, mut lease: Lease, outcome: &Outcome) -> Ending {
        let fence = lease.fence();
        let mut backoff = Backoff::new(FIRST_PAUSE, PAUSE);
        let mut unanswered = false;
        loop {
            match self.write(lease, outcome).await {
                Ok(ending) => return ending,
                Err(LeaseError::Lost(..)) if unanswered => return self.learn(fence, outcome).await,
                Err(LeaseError::Lost(..)) => return Ending::Lost,
                Err(LeaseError::Db(_, error)) if !is_away(&error) => return Ending::Unknown(error.to_string()),
                Err(LeaseError::Db(back, error)) => {
                    self.outage.met("a job is ended", &error);
                    (lease, unanswered) = (back, true);
                }
            }
            backoff.rest().await;
        }
    }

    async fn write(&self, lease: Lease, outcome: &Outcome) -> Result<Ending, LeaseError> {
        match outcome {
            Outcome::Rendered(rendered) => {
                lease.complete(&self.db, rendered).await.map(|()| Ending::Completed(rendered.bytes.len()))
            }
            Outcome::NotRendered(NotRendered::Final(failure)) => {
                lease.fail(&self.db, failure).await.map(|()| Ending::Failed(failure.code))
            }
            Outcome::NotRendered(NotRendered::Chance(failure)) => {
                lease.retry(&self.db, failure).await.map(|retried| match retried {
                    Retried::Parked => Ending::Again(failure.code),
                    Retried::Failed => Ending::Failed(failure.code),
                })
            }
            Outcome::NotRendered(NotRendered::Untouched)
            | Outcome::Unread
            | Outcome::Stopped(Stop::Silent | Stop::Shutdown) => {
                lease.release(&self.db).await.map(|()| Ending::Released)
            }
            Outcome::Stopped(Stop::Lost) => Ok(Ending::Lost),
        }
    }

    /// Learns whether an earlier write, whose answer never came, ended the job.
    async fn learn(&self, fence: Fence, outcome: &Outcome) -> Ending {
        let mut backoff = Backoff::new(FIRST_PAUSE, PAUSE);
        loop {
            match ended_by(&self.db, fence).await {
                Ok(ended) => return meant(outcome, ended),
                Err(_) => backoff.rest().await,
            }
        }
    }
}

/// What became of a job, from how its turn went and from how its lease ended it.
fn meant(outcome: &Outcome, ended: Option<State>) -> Ending {
    match (outcome, ended) {
        (Outcome::Rendered(rendered), Some(State::Completed)) => Ending::Completed(rendered.bytes.len()),
        (Outcome::NotRendered(NotRendered::Final(failure) | NotRendered::Chance(failure)), Some(State::Failed)) => {
            Ending::Failed(failure.code)
        }
        _ => Ending::Lost,
    }
}

#[cfg(test)]
mod tests {
    use domain::job::{Blocked, ErrorCode, Failure, Rendered, State, Timings};

    use super::{Ending, NotRendered, Outcome, meant};

    #[test]
    fn a_write_whose_answer_never_came_counts_as_what_it_did() {
        let rendered = || {
            let (timings, blocked) = (Timings::default(), Blocked::default());
            Outcome::Rendered(Rendered { bytes: vec![0; 3], content_type: "image/png", timings, blocked })
        };
        let failure = || Failure::new(ErrorCode::TlsError, "no");
        let (last, failed) = (NotRendered::Chance(failure()), NotRendered::Final(failure()));

        assert!(matches!(meant(&rendered(), Some(State::Completed)), Ending::Completed(3)));
        assert!(matches!(meant(&Outcome::NotRendered(last), Some(State::Failed)), Ending::Failed(ErrorCode::TlsError)));
        assert!(matches!(meant(&Outcome::NotRendered(failed), Some(State::Failed)), Ending::Failed(_)));
    }

    #[test]
    fn what_another_did_with_a_job_counts_for_nothing() {
        let (timings, blocked) = (Timings::default(), Blocked::default());
        let rendered = Outcome::Rendered(Rendered { bytes: vec![], content_type: "image/png", timings, blocked });

        assert!(matches!(meant(&rendered, Some(State::Failed)), Ending::Lost));
        assert!(matches!(meant(&rendered, None), Ending::Lost));
        assert!(matches!(meant(&Outcome::Unread, Some(State::Failed)), Ending::Lost));
    }
}
