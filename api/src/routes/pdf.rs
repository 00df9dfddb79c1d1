//! `POST /v1/pdf`

use poem::web::Data;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use super::file::Document;
use super::wait::{Answer, Rendering, render};
use crate::auth::Auth;
use crate::problem::Refusal;
use crate::service::Service;
use crate::strict::Strict;
use crate::wire::job::Accepted;
use crate::wire::page::Sent;
use crate::wire::pdf::PdfRequest;

pub(crate) struct Routes;

#[derive(ApiResponse)]
enum PdfResponse {
    /// The document.
    #[oai(status = 200)]
    Done(
        Document,
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
    /// Print a page as PDF
    ///
    /// Answers with the document itself or, with `async_mode`, at once with a job to ask after.
    #[oai(path = "/v1/pdf", method = "post", operation_id = "createPdf", tag = "Tag::Render")]
    async fn pdf(
        &self,
        service: Data<&Service>,
        auth: Auth,
        body: Strict<PdfRequest>,
    ) -> Result<PdfResponse, Refusal<Rendering>> {
        let sent = Sent { prefix: "", policy: &service.policy, errors: Vec::new() };
        Ok(match render(&service, &auth.0, body.0.parse(sent)?).await? {
            Answer::Done(job, file, size) => {
                PdfResponse::Done(file.try_into()?, size, job.job.to_string(), job.credits_used, job.credits_remaining)
            }
            Answer::Accepted(job) => {
                let accepted = Accepted::new(job.job);
                let location = accepted.poll_url.clone();
                let id = accepted.job_id.clone();
                PdfResponse::Accepted(Strict(accepted), location, id, job.credits_used, job.credits_remaining)
            }
        })
    }
}
