//! The synchronous call: the same road as any job, and a wait for its end.

use std::time::{Duration, Instant};

use domain::job::{self, Cancelled, Job, LEASE, NewJob, State, Submitted};
use domain::key::Caller;
use domain::{account, result, worker};
use poem::http::HeaderName;
use tokio::time::sleep;

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
    let about = submitted.job;
    match end(service, caller, &submitted).await? {
        None => Ok(Answer::Accepted(submitted)),
        Some(job) if job.state == State::Completed => {
            let kept = result::find(&service.db, caller, about).await?;
            let size = kept.size;
            Ok(Answer::Done(submitted, File::new(service.db.clone(), kept)?, size))
        }
        Some(job) => Err(told(service, caller, &job, failed(&job)).await),
    }
}

/// The job at its end. `None`: it was started in time, but nobody is left to end it soon.
async fn end(service: &Service, caller: &Caller, submitted: &Submitted) -> Result<Option<Job>, Problem> {
    let began = Instant::now();
    let longest = service.sync_wait + LEASE * u32::from(job::ATTEMPTS.unsigned_abs());
    let mut pause = FIRST_LOOK;
    while began.elapsed() < longest {
        let job = job::fetch(&service.db, caller, submitted.job).await?.ok_or_else(super::errors::no_such_job)?;
        if job.state.is_terminal() {
            return Ok(Some(job));
        }
        if job.state == State::Queued && began.elapsed() > service.sync_wait {
            let why = "the job did not start while the call waited for it";
            if job::cancel_queued(&service.db, caller, submitted.job, why).await? == Cancelled::Now {
                service.tally.failed(1);
                let message = "the queue is full: the job did not start in time; it was cancelled and refunded";
                let problem = Problem::new(Code::QueueFull, message).retry_after(30);
                return Err(told(service, caller, &job, problem).await);
            }
        }
        sleep(pause).await;
        pause = (pause * 3 / 2).min(LAST_LOOK);
    }
    Ok(None)
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

/// A problem that names its job and what it cost: nothing.
async fn told(service: &Service, caller: &Caller, job: &Job, problem: Problem) -> Problem {
    let problem = problem
        .header(HeaderName::from_static("x-job-id"), &job.id)
        .header(HeaderName::from_static("x-credits-used"), &0);
    match account::balance(&service.db, caller).await {
        Ok(balance) => problem.header(HeaderName::from_static("x-credits-remaining"), &balance.credits),
        Err(_) => problem,
    }
}
