//! The synchronous call: the same road as any job, and a wait for its end.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use domain::id::JobId;
use domain::job::{self, Cancelled, Job, LEASE, NewJob, State, Submitted};
use domain::key::Caller;
use domain::{account, result, worker};
use poem::http::HeaderName;
use tokio::time::sleep;

use super::errors::no_such_job;
use super::file::File;
use crate::problem::{Code, Documented, Problem};
use crate::service::Service;

/// How often the job is asked after: often at first, then less.
const FIRST_LOOK: Duration = Duration::from_millis(20);
const LAST_LOOK: Duration = Duration::from_millis(250);

/// Everything that a render may be answered with, but its file.
pub(super) struct Rendering;

impl Documented for Rendering {
    const CODES: &'static [Code] = &[
        Code::MalformedJson,
        Code::InvalidApiKey,
        Code::CreditsExhausted,
        Code::AccountSuspended,
        Code::PayloadTooLarge,
        Code::UnsupportedMediaType,
        Code::ValidationError,
        Code::UrlBlocked,
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

/// Submits a job and, unless it is asynchronous, waits for its file.
pub(super) async fn render(
    service: &Service,
    caller: &Caller,
    (job, asynchronous): (NewJob, bool),
) -> Result<Answer, Problem> {
    if !asynchronous && !worker::any_alive(&service.db).await? {
        let message = "no worker is alive to render this now; nothing was debited; `async_mode` calls are accepted";
        return Err(Problem::new(Code::NoWorkers, message).retry_after(5));
    }
    let submitted = job::submit(&service.db, caller, &job).await?;
    service.tally.submitted(1);
    if asynchronous {
        return Ok(Answer::Accepted(submitted));
    }
    match finished(service, caller, submitted.job).await {
        Ok((file, size)) => Ok(Answer::Done(submitted, file, size)),
        Err(problem) => Err(told(service, caller, submitted.job, problem).await),
    }
}

/// The file of a job that was just submitted, and its length.
async fn finished(service: &Service, caller: &Caller, job: JobId) -> Result<(File, i64), Problem> {
    let ended = end(service, caller, job).await?;
    if ended.state != State::Completed {
        return Err(failed(&ended));
    }
    let kept = result::find(&service.db, caller, job).await.map_err(|error| {
        let problem = Problem::from(error);
        Problem { message: format!("{}; the job is not lost: ask after /v1/jobs/{job}", problem.message), ..problem }
    })?;
    let size = kept.size;
    Ok((File::whole(service.db.clone(), kept)?, size))
}

/// Waits for a job's end. A database that is away is asked again: the job is not lost.
async fn end(service: &Service, caller: &Caller, job: JobId) -> Result<Job, Problem> {
    let began = Instant::now();
    let longest = service.sync_wait + LEASE * u32::from(job::ATTEMPTS.unsigned_abs());
    let (mut pause, mut started) = (FIRST_LOOK, false);
    while began.elapsed() < longest {
        match job::fetch(&service.db, caller, job).await {
            Ok(Some(job)) if job.state.is_terminal() => return Ok(job),
            Ok(Some(job)) => started |= job.state == State::Processing || job.attempt > 0,
            Ok(None) => return Err(no_such_job()),
            Err(error) => tracing::warn!(%error, job.id = %job, "could not ask after a job; asking again"),
        }
        if service.stopping.load(Ordering::Relaxed) {
            give_up(service, caller, job, stopping()).await?;
        } else if !started && began.elapsed() > service.sync_wait {
            give_up(service, caller, job, too_late()).await?;
        }
        sleep(pause).await;
        pause = (pause * 3 / 2).min(LAST_LOOK);
    }
    let message = format!("no worker has ended the job in time; it is not lost: ask after /v1/jobs/{job}");
    Err(Problem::new(Code::NoWorkers, message).retry_after(30))
}

/// Cancels a job that nobody renders while its call waits, unless somebody starts just now.
async fn give_up(service: &Service, caller: &Caller, job: JobId, why: Problem) -> Result<(), Problem> {
    match job::cancel_queued(&service.db, caller, job, &why.message).await {
        Ok(Cancelled::NotQueued) => Ok(()),
        Ok(Cancelled::Now) => {
            service.tally.failed(1);
            Err(why)
        }
        Err(error) => {
            tracing::warn!(%error, job.id = %job, "could not cancel a job; asking again");
            Ok(())
        }
    }
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

/// A problem that names its job, and what that has cost by now.
async fn told(service: &Service, caller: &Caller, job: JobId, problem: Problem) -> Problem {
    let refunded = matches!(problem.code, Code::RenderError | Code::UrlBlocked | Code::QueueFull);
    let problem = problem
        .header(HeaderName::from_static("x-job-id"), &job)
        .header(HeaderName::from_static("x-credits-used"), &i32::from(!refunded));
    match account::balance(&service.db, caller).await {
        Ok(balance) => problem.header(HeaderName::from_static("x-credits-remaining"), &balance.credits),
        Err(_) => problem,
    }
}
