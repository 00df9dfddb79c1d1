//! `POST /v1/screenshot`

use poem::web::Data;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use super::file::Picture;
use super::wait::{Answer, Rendering, render};
use crate::auth::Auth;
use crate::problem::Refusal;
use crate::service::Service;
use crate::strict::Strict;
use crate::wire::job::Accepted;
use crate::wire::page::Sent;
use crate::wire::screenshot::ScreenshotRequest;

pub(crate) struct Routes;

#[derive(ApiResponse)]
enum ScreenshotResponse {
    /// The picture.
    #[oai(status = 200)]
    Done(
        Picture,
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
    ) -> Result<ScreenshotResponse, Refusal<Rendering>> {
        let sent = Sent { prefix: "", policy: &service.policy, errors: Vec::new() };
        Ok(match render(&service, &auth.0, body.0.parse(sent)?).await? {
            Answer::Done(job, file, size) => ScreenshotResponse::Done(
                file.try_into()?,
                size,
                job.job.to_string(),
                job.credits_used,
                job.credits_remaining,
            ),
            Answer::Accepted(job) => {
                let accepted = Accepted::new(job.job);
                let location = accepted.poll_url.clone();
                let id = accepted.job_id.clone();
                ScreenshotResponse::Accepted(Strict(accepted), location, id, job.credits_used, job.credits_remaining)
            }
        })
    }
}
