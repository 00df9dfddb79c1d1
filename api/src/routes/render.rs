//! `POST /v1/screenshot` and `POST /v1/pdf`

use domain::job::NewJob;
use domain::key::Caller;
use poem::IntoResponse;
use poem::web::Data;
use poem_openapi::param::Header;
use poem_openapi::{ApiResponse, OpenApi, ResponseContent};

use super::Tag;
use super::file::{Document, File, Foreign, Picture};
use super::limit;
use super::once::once;
use super::wait::{Answer, Call, Rendering};
use crate::auth::Auth;
use crate::problem::Refusal;
use crate::service::Service;
use crate::strict::Strict;
use crate::wire::job::Accepted;
use crate::wire::page::Sent;
use crate::wire::pdf::PdfRequest;
use crate::wire::screenshot::ScreenshotRequest;

pub(crate) struct Routes;

#[derive(ApiResponse)]
enum Rendered<F: ResponseContent + IntoResponse + Send + Sync + 'static> {
    /// The file.
    #[oai(status = 200)]
    Done(
        F,
        /// How long it is, in bytes.
        #[oai(header = "Content-Length")]
        i64,
        /// The job that made it.
        #[oai(header = "X-Job-Id")]
        String,
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
    /// Accepted: ask after the job.
    #[oai(status = 202)]
    Accepted(
        Strict<Accepted>,
        /// Where to ask after it.
        #[oai(header = "Location")]
        String,
        /// The job.
        #[oai(header = "X-Job-Id")]
        String,
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
    /// Take a screenshot of a page
    ///
    /// Answers with the picture itself or, with `async_mode`, at once with a job to ask after.
    #[oai(path = "/v1/screenshot", method = "post", operation_id = "createScreenshot", tag = "Tag::Render")]
    async fn screenshot(
        &self,
        service: Data<&Service>,
        auth: Auth,
        /// Any text of yours, by which this call may be sent again: the same call with the
        /// same key is done once, and answered as it was. Kept for 24 hours.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Strict<ScreenshotRequest>,
    ) -> Result<Rendered<Picture>, Refusal<Rendering>> {
        answer(&service, &auth.0, key.0.as_deref(), body.0.parse(Sent::alone(&service.policy))?).await
    }

    /// Print a page as PDF
    ///
    /// Answers with the document itself or, with `async_mode`, at once with a job to ask after.
    #[oai(path = "/v1/pdf", method = "post", operation_id = "createPdf", tag = "Tag::Render")]
    async fn pdf(
        &self,
        service: Data<&Service>,
        auth: Auth,
        /// Any text of yours, by which this call may be sent again: the same call with the
        /// same key is done once, and answered as it was. Kept for 24 hours.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Strict<PdfRequest>,
    ) -> Result<Rendered<Document>, Refusal<Rendering>> {
        answer(&service, &auth.0, key.0.as_deref(), body.0.parse(Sent::alone(&service.policy))?).await
    }
}

async fn answer<F>(
    service: &Service,
    caller: &Caller,
    key: Option<&str>,
    (job, asynchronous): (NewJob, bool),
) -> Result<Rendered<F>, Refusal<Rendering>>
where
    F: ResponseContent + IntoResponse + TryFrom<File, Error = Foreign> + Send + Sync + 'static,
{
    let manner = if asynchronous { "asynchronous" } else { "synchronous" };
    let once = once(key, manner, std::slice::from_ref(&job))?;
    let call = Call { service, caller, once };
    Ok(match call.render(&job, asynchronous).await? {
        Answer::Done(job, file, size) => {
            let (file, id) = (file.try_into()?, job.job.to_string());
            let (replayed, policy, rate) = limit::marks(job.replayed, job.rate);
            Rendered::Done(file, size, id, job.credits_used, job.credits_remaining, replayed, policy, rate)
        }
        Answer::Accepted(job) => {
            let accepted = Accepted::new(job.job);
            let (location, id) = (accepted.poll_url.clone(), accepted.job_id.clone());
            let (replayed, policy, rate) = limit::marks(job.replayed, job.rate);
            let (used, remaining) = (job.credits_used, job.credits_remaining);
            Rendered::Accepted(Strict(accepted), location, id, used, remaining, replayed, policy, rate)
        }
    })
}
