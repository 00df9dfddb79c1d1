//! `POST /v1/bulk` and `GET /v1/bulk/{batch_id}`

use domain::job::{self, JobFilter};
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::{ApiResponse, OpenApi};

use super::tag::Tag;
use crate::app::App;
use crate::error::code::Code;
use crate::error::documented::{DocumentedError, ErrorCodes};
use crate::error::problem::Problem;
use crate::extract::auth::{Auth, Read, Render};
use crate::extract::idempotency_key;
use crate::extract::json::StrictJson;
use crate::respond::headers::submission_headers;
use crate::wire::request::bulk::BulkRequest;
use crate::wire::response::batch::{BatchStatus, BulkSubmitted};

pub(crate) struct BulkApi;

pub(crate) struct CreateBulkErrors;

impl ErrorCodes for CreateBulkErrors {
    const CODES: &'static [Code] = &[
        Code::MalformedJson,
        Code::InvalidApiKey,
        Code::AccountSuspended,
        Code::RequestTimeout,
        Code::PayloadTooLarge,
        Code::UnsupportedMediaType,
        Code::ValidationError,
        Code::UrlBlocked,
        Code::IdempotencyKeyReused,
        Code::RateLimitExceeded,
        Code::DatabaseUnavailable,
    ];
}

pub(crate) struct GetBulkErrors;

impl ErrorCodes for GetBulkErrors {
    const CODES: &'static [Code] = &[Code::InvalidApiKey, Code::NotFound, Code::DatabaseUnavailable];
}

/// More than the most jobs that a batch has.
const MAX_JOBS: i64 = 100;

#[derive(ApiResponse)]
enum BulkResponse {
    /// Accepted, as far as the credits sufficed. Each entry has the outcome of its job.
    #[oai(status = 202)]
    Accepted(
        StrictJson<BulkSubmitted>,
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
impl BulkApi {
    /// Submit up to 20 jobs
    ///
    /// Credits are debited per job, in order. Once they run out, the remaining entries have
    /// the code `CREDITS_EXHAUSTED`, and the status is still 202. A request with any invalid
    /// field is rejected as a whole, and nothing is debited.
    #[oai(path = "/v1/bulk", method = "post", operation_id = "createBulk", tag = "Tag::Jobs")]
    async fn bulk(
        &self,
        app: Data<&App>,
        auth: Auth<Render>,
        /// A unique key of your choice, at most 255 characters, that makes the request safe to
        /// retry: a retry with the same key and body returns the first response and submits
        /// nothing. Keys expire after 24 hours.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: StrictJson<BulkRequest>,
    ) -> Result<BulkResponse, DocumentedError<CreateBulkErrors>> {
        let jobs = body.0.parse(app.environment())?;
        let idempotency = idempotency_key::parse(key.0.as_deref(), || job::fingerprint_batch(&jobs))?;
        let permit = app.submit_limiter.acquire(auth.0.account()).await?;
        let batch = job::submit_batch(&app.db, &auth.0, &jobs, idempotency.as_ref()).await?;
        drop(permit);
        tracing::Span::current().record("batch.id", tracing::field::display(batch.id));
        let submitted = BulkSubmitted::new(&batch, jobs.len());
        let (replayed, policy, rate) = submission_headers(batch.replayed, batch.rate);
        let (used, remaining) = (batch.credits_used, batch.credits_remaining);
        Ok(BulkResponse::Accepted(StrictJson(submitted), used, remaining, replayed, policy, rate))
    }

    /// Get a batch
    ///
    /// Returns the jobs of a batch that were accepted, in the order in which they were submitted,
    /// and how many of them have each status.
    #[oai(path = "/v1/bulk/:batch_id", method = "get", operation_id = "getBulk", tag = "Tag::Jobs")]
    async fn batch(
        &self,
        app: Data<&App>,
        auth: Auth<Read>,
        /// The batch's id.
        batch_id: Path<String>,
    ) -> Result<StrictJson<BatchStatus>, DocumentedError<GetBulkErrors>> {
        let no_such_batch = || Problem::new(Code::NotFound, "your account has no such batch with accepted jobs");
        let batch = batch_id.parse().map_err(|_| no_such_batch())?;
        let filter = JobFilter { batch: Some(batch), ..JobFilter::default() };
        let page = job::page(&app.db, &auth.0, &filter, None, MAX_JOBS).await?;
        if page.jobs.is_empty() {
            return Err(no_such_batch().into());
        }
        Ok(StrictJson(BatchStatus::new(batch, page.jobs)))
    }
}
