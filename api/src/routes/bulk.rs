//! `POST /v1/bulk`

use domain::job;
use poem::web::Data;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
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
        body: Strict<BulkRequest>,
    ) -> Result<BulkResponse, Refusal<Submitting>> {
        let jobs = body.0.parse(&service.policy)?;
        let batch = job::submit_batch(&service.db, &auth.0, &jobs).await?;
        service.tally.submitted(batch.jobs.len());
        let submitted = BulkSubmitted::new(&batch, jobs.len());
        Ok(BulkResponse::Accepted(Strict(submitted), batch.credits_used, batch.credits_remaining))
    }
}
