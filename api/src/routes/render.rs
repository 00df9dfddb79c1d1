//! `POST /v1/screenshot` and `POST /v1/pdf`

use domain::job::NewJob;
use domain::key::Caller;
use poem::IntoResponse;
use poem::web::Data;
use poem_openapi::{ApiResponse, OpenApi, ResponseContent};

use super::Tag;
use super::file::{Document, File, Foreign, Picture};
use super::wait::{Answer, Rendering, render};
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
        body: Strict<ScreenshotRequest>,
    ) -> Result<Rendered<Picture>, Refusal<Rendering>> {
        answer(&service, &auth.0, body.0.parse(Sent::alone(&service.policy))?).await
    }

    /// Print a page as PDF
    ///
    /// Answers with the document itself or, with `async_mode`, at once with a job to ask after.
    #[oai(path = "/v1/pdf", method = "post", operation_id = "createPdf", tag = "Tag::Render")]
    async fn pdf(
        &self,
        service: Data<&Service>,
        auth: Auth,
        body: Strict<PdfRequest>,
    ) -> Result<Rendered<Document>, Refusal<Rendering>> {
        answer(&service, &auth.0, body.0.parse(Sent::alone(&service.policy))?).await
    }
}

async fn answer<F>(service: &Service, caller: &Caller, job: (NewJob, bool)) -> Result<Rendered<F>, Refusal<Rendering>>
where
    F: ResponseContent + IntoResponse + TryFrom<File, Error = Foreign> + Send + Sync + 'static,
{
    Ok(match render(service, caller, job).await? {
        Answer::Done(job, file, size) => {
            Rendered::Done(file.try_into()?, size, job.job.to_string(), job.credits_used, job.credits_remaining)
        }
        Answer::Accepted(job) => {
            let accepted = Accepted::new(job.job);
            let (location, id) = (accepted.poll_url.clone(), accepted.job_id.clone());
            Rendered::Accepted(Strict(accepted), location, id, job.credits_used, job.credits_remaining)
        }
    })
}
