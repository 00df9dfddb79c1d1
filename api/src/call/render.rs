//! A render call: submits a job and, if it is synchronous, waits for the result.

use std::sync::Arc;
use std::time::Duration;

use domain::id::JobId;
use domain::idempotency::Idempotency;
use domain::job::{self, Delivery, ErrorCode, NewJob, Submitted};
use domain::key::Caller;
use domain::result::{self, FindError, StoredResult};
use domain::{DbError, account};
use poem::http::HeaderName;
use tokio::time::{Instant, sleep, sleep_until};

use crate::app::{App, DRAIN_TIMEOUT};
use crate::call::waiters::Moment;
use crate::error::code::Code;
use crate::error::problem::{Problem, no_such_job};
use crate::respond::file::ResultFile;

/// The pause before the database is asked again about a job.
const RETRY_INTERVAL: Duration = Duration::from_millis(250);

/// How long a call waits during shutdown for a job that has started. Ends before
/// [`DRAIN_TIMEOUT`], to leave time for the response.
const SHUTDOWN_TIMEOUT: Duration = DRAIN_TIMEOUT.saturating_sub(Duration::from_secs(3));

const X_JOB_ID: &str = "x-job-id";

/// The outcome of a successful render call.
pub(crate) enum RenderOutcome {
    /// The job was accepted, and the caller does not wait for it.
    Accepted(Submitted),
    /// The job completed. Contains the file and its size in bytes.
    Completed(Submitted, ResultFile, i64),
}

/// A call for one render.
pub(crate) struct RenderCall<'a> {
    pub(crate) app: &'a App,
    pub(crate) caller: &'a Caller,
    pub(crate) idempotency: Option<Idempotency>,
}

impl RenderCall<'_> {
    /// Submits a job and, for [`Delivery::Wait`], waits for its file. Errors say what was debited,
    /// too.
    pub(crate) async fn run(&self, job: &Arc<NewJob>, delivery: Delivery) -> Result<RenderOutcome, Problem> {
        match self.submit(job, delivery).await {
            Err(problem) if problem.code != Code::DatabaseUnavailable && !has_job_headers(&problem) => {
                Err(self.with_credit_headers(problem).await)
            }
            outcome => outcome,
        }
    }

    async fn submit(&self, job: &Arc<NewJob>, delivery: Delivery) -> Result<RenderOutcome, Problem> {
        let (app, idempotency) = (self.app, self.idempotency.as_ref());
        if delivery == Delivery::Wait && !app.fleet.any_alive(&app.db).await? {
            return match job::replay(&app.db, self.caller, idempotency).await? {
                Some(earlier) => self.replay(earlier).await,
                None => Err(no_workers()),
            };
        }
        let permit = app.queue_limiter.acquire(self.caller.account()).await?;
        let before = app.waiters.now();
        let submitted = app.submitter.submit(self.caller, job, idempotency).await?;
        drop(permit);
        match (delivery, submitted.replayed) {
            (Delivery::Poll, _) => Ok(RenderOutcome::Accepted(submitted)),
            (Delivery::Wait, true) => self.replay(submitted).await,
            (Delivery::Wait, false) => match self.wait_for_file(job, (submitted.job, before)).await {
                Ok((file, size)) => Ok(RenderOutcome::Completed(submitted, file, size)),
                Err(problem) => Err(self.with_job_headers(submitted.job, problem).await),
            },
        }
    }

    /// Repeats the response to an earlier request with the same key, if its job has ended.
    async fn replay(&self, earlier: Submitted) -> Result<RenderOutcome, Problem> {
        let job = job::fetch(&self.app.db, self.caller, earlier.job).await?.ok_or_else(no_such_job)?;
        if !job.state.is_terminal() {
            let message = "the first request with this idempotency key is still in progress; retry later, \
                or get the job in `X-Job-Id`";
            let problem = Problem::new(Code::IdempotencyInProgress, message).retry_after(1);
            return Err(self.with_job_headers(earlier.job, problem).await);
        }
        let result = result::open(&self.app.db, self.caller, job.id).await;
        match self.file_of(job.id, result) {
            Ok((file, size)) => Ok(RenderOutcome::Completed(earlier, file, size)),
            Err(problem) => {
                let problem = self.with_job_headers(earlier.job, problem).await;
                Err(problem.header(HeaderName::from_static("idempotent-replayed"), &true))
            }
        }
    }

    /// Returns the file of a job that ended and its size, or the error of the call.
    fn file_of(&self, job: JobId, result: Result<StoredResult, FindError>) -> Result<(ResultFile, i64), Problem> {
        let result = result.map_err(|error| match error {
            FindError::Failed { code, message } => render_failed(&code, message),
            error @ (FindError::NoSuchJob | FindError::NotReady(_) | FindError::Expired(_) | FindError::Db(_)) => {
                let problem = Problem::from(error);
                let message = format!("{}; the job is not lost: get it at /v1/jobs/{job}", problem.message);
                Problem { message, ..problem }
            }
        })?;
        let size = result.size;
        Ok((ResultFile::whole(self.app.db.clone(), result)?, size))
    }

    /// Waits until a job that was just submitted has ended, and returns its file and size.
    ///
    /// Cancels the job if it does not start in time. During shutdown, waits for a job that
    /// has started until [`SHUTDOWN_TIMEOUT`]. Retries when the database is unavailable: the
    /// job is not lost.
    async fn wait_for_file(
        &self,
        new_job: &NewJob,
        (job, before): (JobId, Moment),
    ) -> Result<(ResultFile, i64), Problem> {
        let app = self.app;
        let start_deadline = Instant::now() + app.sync_wait;
        let mut deadline = start_deadline + new_job.lease_duration() * u32::from(job::MAX_ATTEMPTS.unsigned_abs());
        let mut waiter = app.waiters.register_submitted(job, before);
        let (mut started, mut maybe_withdrawn) = (false, None);
        while Instant::now() < deadline {
            let give_up = tokio::select! {
                () = waiter.ended() => None,
                () = sleep_until(start_deadline), if !started => Some(queue_full()),
                () = app.shutdown.cancelled(), if !started => {
                    deadline = deadline.min(Instant::now() + SHUTDOWN_TIMEOUT);
                    Some(shutting_down())
                }
                () = sleep_until(deadline) => None,
            };
            if let Some(reason) = give_up {
                match self.withdraw(job, &reason).await {
                    Ok(true) => return Err(reason),
                    Ok(false) => started = true,
                    Err(_) => maybe_withdrawn = Some(reason),
                }
                continue;
            }
            match (result::open(&app.db, self.caller, job).await, maybe_withdrawn.clone()) {
                // The job was withdrawn, but the database's response was lost.
                (Err(FindError::Failed { code: ErrorCode::Cancelled, .. }), Some(reason)) => return Err(reason),
                (Err(FindError::NotReady(_)), _) => {}
                (Err(FindError::NoSuchJob), _) => return Err(no_such_job()),
                (Err(FindError::Db(error)), _) => {
                    tracing::warn!(%error, job.id = %job, "database error in `open`, retrying");
                }
                (result, _) => return self.file_of(job, result),
            }
            sleep(RETRY_INTERVAL).await;
            waiter = app.waiters.register(job);
        }
        let message = format!("the job did not finish in time and continues: get it at /v1/jobs/{job}");
        Err(Problem::new(Code::NoWorkers, message).retry_after(30))
    }

    /// Cancels a job that has not started. Returns `false` if it has started or ended.
    async fn withdraw(&self, job: JobId, reason: &Problem) -> Result<bool, DbError> {
        let app = self.app;
        let withdrawn = job::withdraw(&app.db, self.caller, job, self.idempotency.as_ref(), &reason.message).await;
        if let Err(error) = &withdrawn {
            tracing::warn!(%error, job.id = %job, "database error in `withdraw`, retrying");
            sleep(RETRY_INTERVAL).await;
        }
        withdrawn
    }

    /// Adds the job's id, the credits used after any refund, and the account's balance to an
    /// error. Leaves out what the database does not return.
    async fn with_job_headers(&self, job: JobId, problem: Problem) -> Problem {
        let mut problem = problem.header(HeaderName::from_static(X_JOB_ID), &job);
        let (fetched, balance) =
            tokio::join!(job::fetch(&self.app.db, self.caller, job), account::balance(&self.app.db, self.caller));
        if let Ok(Some(job)) = fetched {
            problem = problem.header(HeaderName::from_static("x-credits-used"), &job.credits_used());
        }
        if let Ok(balance) = balance {
            problem = problem.header(HeaderName::from_static("x-credits-remaining"), &balance.credits);
        }
        problem
    }

    /// Adds to an error, before which nothing was debited, what the account's balance is.
    async fn with_credit_headers(&self, problem: Problem) -> Problem {
        match account::balance(&self.app.db, self.caller).await {
            Ok(balance) => problem
                .header(HeaderName::from_static("x-credits-used"), &0)
                .header(HeaderName::from_static("x-credits-remaining"), &balance.credits),
            Err(_) => problem,
        }
    }
}

fn has_job_headers(problem: &Problem) -> bool {
    problem.headers.iter().any(|(name, _)| name == X_JOB_ID)
}

fn no_workers() -> Problem {
    let message = "no worker is alive; nothing was debited; requests with `async_mode` are still accepted";
    Problem::new(Code::NoWorkers, message).retry_after(5)
}

fn queue_full() -> Problem {
    let message = "the queue is full: the job did not start in time; it was cancelled and refunded";
    Problem::new(Code::QueueFull, message).retry_after(30)
}

fn shutting_down() -> Problem {
    let message = "this server is shutting down and the job had not started; it was cancelled and refunded";
    Problem::new(Code::QueueFull, message).retry_after(5)
}

/// Converts the job's error to the response of a synchronous call.
fn render_failed(code: &ErrorCode, message: String) -> Problem {
    if *code == ErrorCode::UrlBlocked {
        return Problem::new(Code::UrlBlocked, message);
    }
    Problem::new(Code::RenderError, message).reason(code.name().to_lowercase())
}
