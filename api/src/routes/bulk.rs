//! `POST /v1/bulk`

use domain::bell::Bell;
use domain::job;
use poem::web::Data;
use poem_openapi::param::Header;
use poem_openapi::{ApiResponse, OpenApi};

use super::once::once;
use super::{Tag, limit};
use crate::auth::Auth;
use crate::problem::{Code, Documented, Refusal};
use crate::service::Service;
use crate::strict::Strict;
use crate::wire::bulk::{BulkRequest, BulkSubmitted};

pub(crate) struct Routes;

pub(crate) struct Submitting;

impl Documented for Submitting {
    const CODES: &'static [Code] = &[
        Code::MalformedJson,
        Code::InvalidApiKey,
        Code::AccountSuspended,
        Code::PayloadTooLarge,
        Code::UnsupportedMediaType,
        Code::ValidationError,
        Code::UrlBlocked,
        Code::IdempotencyKeyReused,
        Code::RateLimitExceeded,
        Code::DatabaseUnavailable,
    ];
}

#[derive(ApiResponse)]
enum BulkResponse {
    /// Accepted, as far as the credits went: each entry says what became of its job.
    #[oai(status = 202)]
    Accepted(
        Strict<BulkSubmitted>,
        /// What was debited.
        #[oai(header = "X-Credits-Used")]
        i64,
        /// What the account has left.
        #[oai(header = "X-Credits-Remaining")]
        i64,
        /// `true` where an earlier call with the same key was answered, and nothing debited.
        #[oai(header = "Idempotent-Replayed")]
        Option<bool>,
        /// How many jobs the account may submit at once, restored over how many seconds;
        /// where it has a limit.
        #[oai(header = "RateLimit-Policy")]
        Option<String>,
        /// How many it may submit now, and after how many seconds all of them.
        #[oai(header = "RateLimit")]
        Option<String>,
    ),
}

#[OpenApi]
impl Routes {
    /// Submit up to 20 jobs at once
    ///
    /// Credits are debited per job, in order; when they run out, the remaining entries say
    /// `CREDITS_EXHAUSTED`, and the call is still a 202. A request in which any field is
    /// wrong is refused as a whole, and costs nothing.
    #[oai(path = "/v1/bulk", method = "post", operation_id = "createBulk", tag = "Tag::Jobs")]
    async fn bulk(
        &self,
        service: Data<&Service>,
        auth: Auth,
        /// Any text of yours, by which this call may be sent again: the same call with the
        /// same key is done once, and answered as it was. Kept for 24 hours.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Strict<BulkRequest>,
    ) -> Result<BulkResponse, Refusal<Submitting>> {
        let jobs = body.0.parse(&service.policy)?;
        let once = once(key.0.as_deref(), "bulk", &jobs)?;
        let turn = service.turnstile.pass(auth.0.account()).await?;
        let batch = job::submit_batch(&service.db, &auth.0, &jobs, once.as_ref()).await?;
        drop(turn);
        if !batch.replayed && !batch.jobs.is_empty() {
            service.tally.submitted(batch.jobs.len());
            service.bells.ring(Bell::Queued);
        }
        let submitted = BulkSubmitted::new(&batch, jobs.len());
        let (replayed, policy, rate) = limit::marks(batch.replayed, batch.rate);
        let (used, remaining) = (batch.credits_used, batch.credits_remaining);
        Ok(BulkResponse::Accepted(Strict(submitted), used, remaining, replayed, policy, rate))
    }
}
