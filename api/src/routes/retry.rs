//! `POST /v1/jobs/{job_id}/retry`

use domain::id::JobId;
use domain::job::{self, NewJob, Submitted};
use domain::key::Caller;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::{ApiResponse, OpenApi};

use super::tag::Tag;
use crate::app::App;
use crate::error::code::Code;
use crate::error::documented::{DocumentedError, ErrorCodes};
use crate::error::problem::{Problem, no_such_job};
use crate::extract::auth::{Auth, Render};
use crate::extract::idempotency_key;
use crate::extract::json::StrictJson;
use crate::respond::headers::submission_headers;
use crate::wire::options::target::target_url;
use crate::wire::response::job::Accepted;

pub(crate) struct RetryApi;

pub(crate) struct RetryJobErrors;

impl ErrorCodes for RetryJobErrors {
    const CODES: &'static [Code] = &[
        Code::InvalidApiKey,
        Code::CreditsExhausted,
        Code::AccountSuspended,
        Code::JobNotFound,
        Code::JobNotReady,
        Code::JobNotRetryable,
        Code::SecretsGone,
        Code::ResultExpired,
        Code::ValidationError,
        Code::UrlBlocked,
        Code::IdempotencyKeyReused,
        Code::RateLimitExceeded,
        Code::DatabaseUnavailable,
    ];
}

#[derive(ApiResponse)]
enum RetryResponse {
    /// The new job was accepted. Poll `poll_url` for its status.
    #[oai(status = 202)]
    Accepted(
        StrictJson<Accepted>,
        /// The path of the new job: the same as `poll_url`.
        #[oai(header = "Location")]
        String,
        /// The id of the new job.
        #[oai(header = "X-Job-Id")]
        String,
        /// The number of credits debited.
        #[oai(header = "X-Credits-Used")]
        i64,
        /// The remaining credits of the account.
        #[oai(header = "X-Credits-Remaining")]
        i64,
        /// `true` if this repeats the response to an earlier request with the same
        /// `Idempotency-Key`. Nothing was debited again.
        #[oai(header = "Idempotent-Replayed")]
        Option<bool>,
        /// How many jobs the account may submit at once, and the number of seconds in which
        /// this quota is restored. Present if the account has a rate limit.
        #[oai(header = "RateLimit-Policy")]
        Option<String>,
        /// How many jobs the account may submit now, and the number of seconds until the
        /// whole quota is available.
        #[oai(header = "RateLimit")]
        Option<String>,
    ),
}

#[OpenApi]
impl RetryApi {
    /// Retry a failed job
    ///
    /// Submits a new job with the options of a failed one. The failed job was refunded; the new
    /// one is debited like any other, and has an id of its own. It belongs to no batch. Its priority is
    /// `bulk` if the failed job was in a batch, and `interactive` otherwise.
    ///
    /// A job with `html` can be retried until its html is deleted: by default, for 24 hours after
    /// it was submitted. A job with `headers`, `cookies` or `basic_auth` cannot be retried: they are
    /// deleted when it ends.
    #[oai(path = "/v1/jobs/:job_id/retry", method = "post", operation_id = "retryJob", tag = "Tag::Jobs")]
    async fn retry(
        &self,
        app: Data<&App>,
        auth: Auth<Render>,
        /// The id of the failed job.
        job_id: Path<String>,
        /// A unique key of your choice, at most 255 characters, that makes the request safe to
        /// retry: a retry with the same key and body returns the first response and submits
        /// nothing. Keys expire after 24 hours.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
    ) -> Result<RetryResponse, DocumentedError<RetryJobErrors>> {
        let id = job_id.parse().map_err(|_| no_such_job())?;
        let job = submit_again(&app, &auth.0, id, key.0.as_deref()).await?;
        let accepted = Accepted::new(job.job);
        let (location, id) = (accepted.poll_url.clone(), accepted.job_id.clone());
        let (replayed, policy, rate) = submission_headers(job.replayed, job.rate);
        let (used, remaining) = (job.credits_used, job.credits_remaining);
        Ok(RetryResponse::Accepted(StrictJson(accepted), location, id, used, remaining, replayed, policy, rate))
    }
}

/// Submits a failed job again. A repeated call is recognized first: by then, the html may have
/// been deleted.
async fn submit_again(app: &App, caller: &Caller, failed: JobId, key: Option<&str>) -> Result<Submitted, Problem> {
    let idempotency = idempotency_key::parse(key, || job::fingerprint_retry(failed))?;
    if let Some(earlier) = job::replay(&app.db, caller, idempotency.as_ref()).await? {
        return Ok(earlier);
    }
    let job = job::retriable(&app.db, caller, failed).await?;
    check_target(app, &job)?;
    let _permit = app.submit_limiter.acquire(caller.account()).await?;
    Ok(job::submit(&app.db, caller, &job, idempotency.as_ref()).await?)
}

/// Applies the egress policy, which may have changed since the job was submitted.
fn check_target(app: &App, job: &NewJob) -> Result<(), Problem> {
    let url = target_url(Some(&job.source), job.options.base_url.as_ref());
    let denied = url.and_then(|url| app.policy.check_target(url).err());
    let problem = |denied| Problem::new(Code::UrlBlocked, format!("the target of the job is denied: {denied}"));
    denied.map_or(Ok(()), |denied| Err(problem(denied)))
}
