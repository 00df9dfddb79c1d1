//! The synchronous call: the same road as any job, and a wait for its end.

use std::time::Duration;

use domain::bell::Bell;
use domain::id::JobId;
use domain::idempotency::Idempotency;
use domain::job::{self, ErrorCode, Job, NewJob, State, Submitted};
use domain::key::Caller;
use domain::{DbError, account, result, worker};
use poem::http::HeaderName;
use tokio::time::{Instant, sleep, sleep_until};

use super::errors::no_such_job;
use super::file::File;
use crate::problem::{Code, Documented, Problem};
use crate::server::DRAIN;
use crate::service::Service;

/// The pause after the database could not say how a job stands.
const PAUSE: Duration = Duration::from_millis(250);

/// How long a call whose job has begun is still answered while this server stops: a little
/// less than it is given to.
const LINGER: Duration = DRAIN.saturating_sub(Duration::from_secs(3));

/// Everything that a render may be answered with, but its file.
pub(super) struct Rendering;

impl Documented for Rendering {
    const CODES: &'static [Code] = &[
        Code::MalformedJson,
        Code::InvalidApiKey,
        Code::CreditsExhausted,
        Code::AccountSuspended,
        Code::IdempotencyInProgress,
        Code::ResultExpired,
        Code::PayloadTooLarge,
        Code::UnsupportedMediaType,
        Code::ValidationError,
        Code::UrlBlocked,
        Code::IdempotencyKeyReused,
        Code::RateLimitExceeded,
        Code::QueueFull,
        Code::RenderError,
        Code::NoWorkers,
        Code::DatabaseUnavailable,
    ];
}

/// What became of a call.
pub(super) enum Answer {
    /// The job goes on without the caller waiting.
    Accepted(Submitted),
    /// The file, and its length.
    Done(Submitted, File, i64),
}

/// A call for one render.
pub(super) struct Call<'a> {
    pub(super) service: &'a Service,
    pub(super) caller: &'a Caller,
    pub(super) once: Option<Idempotency>,
}

impl Call<'_> {
    /// Submits a job and, unless it is asynchronous, waits for its file.
    pub(super) async fn render(&self, job: &NewJob, asynchronous: bool) -> Result<Answer, Problem> {
        let (service, once) = (self.service, self.once.as_ref());
        if !asynchronous && !worker::any_alive(&service.db).await? {
            return match job::replay(&service.db, self.caller, once).await? {
                Some(earlier) => self.replay(earlier).await,
                None => Err(no_workers()),
            };
        }
        let turn = service.turnstile.pass(self.caller.account()).await?;
        let submitted = job::submit(&service.db, self.caller, job, once).await?;
        drop(turn);
        if !submitted.replayed {
            service.tally.submitted(1);
            service.bells.ring(Bell::Queued);
        }
        match (asynchronous, submitted.replayed) {
            (true, _) => Ok(Answer::Accepted(submitted)),
            (false, true) => self.replay(submitted).await,
            (false, false) => match self.finished(job, submitted.job).await {
                Ok((file, size)) => Ok(Answer::Done(submitted, file, size)),
                Err(problem) => Err(self.told(submitted.job, problem).await),
            },
        }
    }

    /// What an earlier call with the same key was answered, if it was by now.
    async fn replay(&self, earlier: Submitted) -> Result<Answer, Problem> {
        let ended = job::fetch(&self.service.db, self.caller, earlier.job).await?.ok_or_else(no_such_job)?;
        if !ended.state.is_terminal() {
            let message = "the first call with this key is still being answered; send it again later, \
                or ask after the job in `X-Job-Id`";
            let problem = Problem::new(Code::IdempotencyInProgress, message).retry_after(1);
            return Err(problem.header(HeaderName::from_static("x-job-id"), &earlier.job));
        }
        let replayed = |problem: Problem| problem.header(HeaderName::from_static("idempotent-replayed"), &true);
        match self.file_of(&ended).await {
            Ok((file, size)) => Ok(Answer::Done(earlier, file, size)),
            Err(problem) => Err(replayed(self.told(earlier.job, problem).await)),
        }
    }

    /// The file of a job that was just submitted, and its length.
    async fn finished(&self, asked: &NewJob, job: JobId) -> Result<(File, i64), Problem> {
        let ended = self.end(asked, job).await?;
        self.file_of(&ended).await
    }

    async fn file_of(&self, ended: &Job) -> Result<(File, i64), Problem> {
        if ended.state != State::Completed {
            return Err(failed(ended));
        }
        let kept = result::find(&self.service.db, self.caller, ended.id).await.map_err(|error| {
            let problem = Problem::from(error);
            let message = format!("{}; the job is not lost: ask after /v1/jobs/{}", problem.message, ended.id);
            Problem { message, ..problem }
        })?;
        let size = kept.size;
        Ok((File::whole(self.service.db.clone(), kept)?, size))
    }

    /// Waits for a job's end. A job that does not start in time is withdrawn, and one that
    /// is rendered while this server stops is waited for as long as it can. A database that
    /// is away is asked again: the job is not lost.
    async fn end(&self, asked: &NewJob, job: JobId) -> Result<Job, Problem> {
        let service = self.service;
        let late = Instant::now() + service.sync_wait;
        let mut last = late + asked.term() * u32::from(job::ATTEMPTS.unsigned_abs());
        let mut waiter = service.waiters.enter(job);
        let (mut begun, mut unheard) = (false, None);
        while Instant::now() < last {
            let give_up = tokio::select! {
                () = waiter.ended() => None,
                () = sleep_until(late), if !begun => Some(too_late()),
                () = service.stopping(), if !begun => {
                    last = last.min(Instant::now() + LINGER);
                    Some(stopping())
                }
                () = sleep_until(last) => None,
            };
            if let Some(why) = give_up {
                match self.withdraw(job, &why).await {
                    Ok(true) => return Err(why),
                    Ok(false) => begun = true,
                    Err(_) => unheard = Some(why),
                }
                continue;
            }
            match (job::fetch(&service.db, self.caller, job).await, unheard.clone()) {
                // It was withdrawn: only the answer was lost.
                (Ok(Some(job)), Some(why)) if is_cancelled(&job) => return Err(why),
                (Ok(Some(job)), _) if job.state.is_terminal() => return Ok(job),
                (Ok(Some(_)), _) => {}
                (Ok(None), _) => return Err(no_such_job()),
                (Err(error), _) => tracing::warn!(%error, job.id = %job, "could not ask after a job; asking again"),
            }
            sleep(PAUSE).await;
            waiter = service.waiters.enter(job);
        }
        let message = format!("the job was not ended in time, and goes on: ask after /v1/jobs/{job}");
        Err(Problem::new(Code::NoWorkers, message).retry_after(30))
    }

    /// Withdraws a job that nobody renders while its call waits; `false` where somebody does,
    /// or where it has ended.
    async fn withdraw(&self, job: JobId, why: &Problem) -> Result<bool, DbError> {
        let service = self.service;
        let withdrawn = job::withdraw(&service.db, self.caller, job, self.once.as_ref(), &why.message).await;
        match &withdrawn {
            Ok(true) => service.tally.failed(1),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, job.id = %job, "could not withdraw a job; asking again");
                sleep(PAUSE).await;
            }
        }
        withdrawn
    }

    /// A problem that names its job, and what that has cost by now.
    async fn told(&self, job: JobId, problem: Problem) -> Problem {
        let refunded = matches!(problem.code, Code::RenderError | Code::UrlBlocked | Code::QueueFull);
        let problem = problem
            .header(HeaderName::from_static("x-job-id"), &job)
            .header(HeaderName::from_static("x-credits-used"), &i32::from(!refunded));
        match account::balance(&self.service.db, self.caller).await {
            Ok(balance) => problem.header(HeaderName::from_static("x-credits-remaining"), &balance.credits),
            Err(_) => problem,
        }
    }
}

fn is_cancelled(job: &Job) -> bool {
    job.error_code.as_deref() == Some(ErrorCode::Cancelled.name())
}

fn no_workers() -> Problem {
    let message = "no worker is alive to render this now; nothing was debited; `async_mode` calls are accepted";
    Problem::new(Code::NoWorkers, message).retry_after(5)
}

fn too_late() -> Problem {
    let message = "the queue is full: the job did not start in time; it was cancelled and refunded";
    Problem::new(Code::QueueFull, message).retry_after(30)
}

fn stopping() -> Problem {
    let message = "this server is stopping and the job had not started; it was cancelled and refunded";
    Problem::new(Code::QueueFull, message).retry_after(5)
}

/// Why a render failed, as a synchronous caller is told.
fn failed(job: &Job) -> Problem {
    let code = job.error_code.clone().unwrap_or_default();
    let message = job.error_message.clone().unwrap_or_default();
    match code.as_str() {
        "URL_BLOCKED" => Problem::new(Code::UrlBlocked, message),
        _ => Problem::new(Code::RenderError, message).reason(code.to_lowercase()),
    }
}
