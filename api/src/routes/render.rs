//! `POST /v1/screenshot` and `POST /v1/pdf`

use std::sync::Arc;

use domain::job::{self, Delivery, NewJob};
use domain::key::Caller;
use poem::IntoResponse;
use poem::web::Data;
use poem_openapi::param::Header;
use poem_openapi::{ApiResponse, OpenApi, ResponseContent};

use super::tag::Tag;
use crate::app::App;
use crate::call::render::{RenderCall, RenderOutcome};
use crate::error::code::Code;
use crate::error::documented::{DocumentedError, ErrorCodes};
use crate::extract::auth::{Auth, Render};
use crate::extract::idempotency_key;
use crate::extract::json::StrictJson;
use crate::respond::file::{ImageFile, PdfFile, ResultFile, UnexpectedMediaType};
use crate::respond::headers::submission_headers;
use crate::wire::context::ParseContext;
use crate::wire::request::pdf::PdfRequest;
use crate::wire::request::screenshot::ScreenshotRequest;
use crate::wire::response::job::Accepted;

pub(crate) struct RenderApi;

pub(crate) struct RenderErrors;

impl ErrorCodes for RenderErrors {
    const CODES: &'static [Code] = &[
        Code::MalformedJson,
        Code::InvalidApiKey,
        Code::CreditsExhausted,
        Code::AccountSuspended,
        Code::IdempotencyInProgress,
        Code::ResultExpired,
        Code::RequestTimeout,
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

#[derive(ApiResponse)]
enum RenderResponse<F: ResponseContent + IntoResponse + Send + Sync + 'static> {
    /// The file.
    #[oai(status = 200)]
    Completed(
        F,
        /// The size of the file, in bytes.
        #[oai(header = "Content-Length")]
        i64,
        /// The id of the job that produced the file.
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
    /// The job was accepted. Poll `poll_url` for its status.
    #[oai(status = 202)]
    Accepted(
        StrictJson<Accepted>,
        /// The path of the job: the same as `poll_url`.
        #[oai(header = "Location")]
        String,
        /// The id of the job.
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
impl RenderApi {
    /// Take a screenshot of a page
    ///
    /// Returns the image. With `async_mode`, returns a job id immediately instead.
    #[oai(path = "/v1/screenshot", method = "post", operation_id = "createScreenshot", tag = "Tag::Render")]
    async fn screenshot(
        &self,
        app: Data<&App>,
        auth: Auth<Render>,
        /// A unique key of your choice, at most 255 characters, that makes the request safe to
        /// retry: a retry with the same key and body returns the first response and submits
        /// nothing. Keys expire after 24 hours.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: StrictJson<ScreenshotRequest>,
    ) -> Result<RenderResponse<ImageFile>, DocumentedError<RenderErrors>> {
        render(&app, &auth.0, key.0.as_deref(), body.0.parse(ParseContext::single(app.environment()))?).await
    }

    /// Print a page as PDF
    ///
    /// Returns the PDF. With `async_mode`, returns a job id immediately instead.
    #[oai(path = "/v1/pdf", method = "post", operation_id = "createPdf", tag = "Tag::Render")]
    async fn pdf(
        &self,
        app: Data<&App>,
        auth: Auth<Render>,
        /// A unique key of your choice, at most 255 characters, that makes the request safe to
        /// retry: a retry with the same key and body returns the first response and submits
        /// nothing. Keys expire after 24 hours.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: StrictJson<PdfRequest>,
    ) -> Result<RenderResponse<PdfFile>, DocumentedError<RenderErrors>> {
        render(&app, &auth.0, key.0.as_deref(), body.0.parse(ParseContext::single(app.environment()))?).await
    }
}

async fn render<F>(
    app: &App,
    caller: &Caller,
    key: Option<&str>,
    (job, delivery): (NewJob, Delivery),
) -> Result<RenderResponse<F>, DocumentedError<RenderErrors>>
where
    F: ResponseContent + IntoResponse + TryFrom<ResultFile, Error = UnexpectedMediaType> + Send + Sync + 'static,
{
    let idempotency = idempotency_key::parse(key, || job::fingerprint(delivery, &job))?;
    let call = RenderCall { app, caller, idempotency };
    Ok(match call.run(&Arc::new(job), delivery).await? {
        RenderOutcome::Completed(job, file, size) => {
            let (file, id) = (file.try_into()?, job.job.to_string());
            let (replayed, policy, rate) = submission_headers(job.replayed, job.rate);
            RenderResponse::Completed(file, size, id, job.credits_used, job.credits_remaining, replayed, policy, rate)
        }
        RenderOutcome::Accepted(job) => {
            let accepted = Accepted::new(job.job);
            let (location, id) = (accepted.poll_url.clone(), accepted.job_id.clone());
            let (replayed, policy, rate) = submission_headers(job.replayed, job.rate);
            let (used, remaining) = (job.credits_used, job.credits_remaining);
            RenderResponse::Accepted(StrictJson(accepted), location, id, used, remaining, replayed, policy, rate)
        }
    })
}
