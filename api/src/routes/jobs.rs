//! `GET` and `DELETE /v1/jobs/{job_id}`, and its result

use std::time::Duration;

use domain::bell::Bell;
use domain::job::{self, ErrorCode};
use domain::result;
use poem::http::header;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{ApiResponse, OpenApi};
use tokio::time::sleep;

use super::Tag;
use super::errors::no_such_job;
use super::file::File;
use super::range::{self, Unsatisfiable};
use crate::auth::Auth;
use crate::problem::{Code, Documented, Problem, Refusal};
use crate::service::Service;
use crate::strict::Strict;
use crate::wire::job::Job;

pub(crate) struct Routes;

pub(crate) struct Asking;

impl Documented for Asking {
    const CODES: &'static [Code] =
        &[Code::InvalidApiKey, Code::JobNotFound, Code::ValidationError, Code::DatabaseUnavailable];
}

pub(crate) struct Cancelling;

impl Documented for Cancelling {
    const CODES: &'static [Code] =
        &[Code::InvalidApiKey, Code::JobNotFound, Code::JobNotCancellable, Code::DatabaseUnavailable];
}

pub(crate) struct Fetching;

impl Documented for Fetching {
    const CODES: &'static [Code] = &[
        Code::InvalidApiKey,
        Code::JobNotFound,
        Code::JobNotReady,
        Code::JobFailed,
        Code::ResultExpired,
        Code::RangeNotSatisfiable,
        Code::DatabaseUnavailable,
    ];
}

#[derive(ApiResponse)]
enum ResultResponse {
    /// The file.
    #[oai(status = 200)]
    File(
        File,
        /// How long it is, in bytes.
        #[oai(header = "Content-Length")]
        i64,
        /// Its SHA-256.
        #[oai(header = "ETag")]
        String,
        /// A name to keep it by.
        #[oai(header = "Content-Disposition")]
        String,
        /// `bytes`: parts can be asked for.
        #[oai(header = "Accept-Ranges")]
        String,
    ),
    /// The part of the file that `Range` asked for.
    #[oai(status = 206)]
    Part(
        File,
        /// How long the part is, in bytes.
        #[oai(header = "Content-Length")]
        i64,
        /// The SHA-256 of the whole file.
        #[oai(header = "ETag")]
        String,
        /// Which part it is, of how many bytes.
        #[oai(header = "Content-Range")]
        String,
    ),
}

#[OpenApi]
impl Routes {
    /// Ask after a job
    ///
    /// With `wait_s`, the answer is held until the job has ended, or so many seconds.
    #[oai(path = "/v1/jobs/:job_id", method = "get", operation_id = "getJob", tag = "Tag::Jobs")]
    async fn job(
        &self,
        service: Data<&Service>,
        auth: Auth,
        /// The job's id.
        job_id: Path<String>,
        /// How many seconds to wait for the job's end, at most.
        #[oai(validator(maximum(value = "60")))]
        wait_s: Query<Option<u32>>,
    ) -> Result<Strict<Job>, Refusal<Asking>> {
        let id = job_id.parse().map_err(|_| no_such_job())?;
        let mut waiter = wait_s.0.filter(|&seconds| seconds > 0).map(|_| service.waiters.enter(id));
        let mut job = job::fetch(&service.db, &auth.0, id).await?.ok_or_else(no_such_job)?;
        if let Some(waiter) = waiter.as_mut().filter(|_| !job.state.is_terminal()) {
            tokio::select! {
                () = waiter.ended() => {}
                () = sleep(Duration::from_secs(wait_s.0.unwrap_or_default().into())) => {}
                () = service.stopping() => {}
            }
            job = job::fetch(&service.db, &auth.0, id).await?.ok_or_else(no_such_job)?;
        }
        Ok(Strict(job.into()))
    }

    /// Cancel a job
    ///
    /// One that is queued or being rendered fails with `CANCELLED`, and is refunded. One that
    /// was cancelled before is answered alike.
    #[oai(path = "/v1/jobs/:job_id", method = "delete", operation_id = "cancelJob", tag = "Tag::Jobs")]
    async fn cancel(
        &self,
        service: Data<&Service>,
        auth: Auth,
        /// The job's id.
        job_id: Path<String>,
    ) -> Result<Strict<Job>, Refusal<Cancelling>> {
        let id = job_id.parse().map_err(|_| no_such_job())?;
        if job::cancel(&service.db, &auth.0, id).await? {
            service.tally.failed(1);
            service.bells.ring(Bell::Ended);
        }
        let job = job::fetch(&service.db, &auth.0, id).await?.ok_or_else(no_such_job)?;
        if job.error_code.as_deref() != Some(ErrorCode::Cancelled.name()) {
            let message = format!("the job is {} and cannot be cancelled any more", job.state.name());
            return Err(Problem::new(Code::JobNotCancellable, message).into());
        }
        Ok(Strict(job.into()))
    }

    /// Fetch a job's result
    ///
    /// It is kept until its job's `expires_at`: 24 hours after the job completed, unless
    /// the operator chose otherwise.
    #[oai(path = "/v1/jobs/:job_id/result", method = "get", operation_id = "getJobResult", tag = "Tag::Jobs")]
    async fn result(
        &self,
        service: Data<&Service>,
        auth: Auth,
        /// The job's id.
        job_id: Path<String>,
        /// A part of the file, such as `bytes=0-1023`. Several parts are answered by the whole.
        range: Header<Option<String>>,
    ) -> Result<ResultResponse, Refusal<Fetching>> {
        let id = job_id.parse().map_err(|_| no_such_job())?;
        let kept = result::find(&service.db, &auth.0, id).await?;
        let (db, size, etag) = (service.db.clone(), kept.size, etag(&kept.digest));
        match range::parse(range.as_deref().unwrap_or_default(), size) {
            Ok(None) => {
                let name = format!("inline; filename=\"{id}.{}\"", extension(&kept));
                let file = File::whole(db, kept).map_err(Problem::from)?;
                Ok(ResultResponse::File(file, size, etag, name, "bytes".to_owned()))
            }
            Ok(Some(part)) => {
                let (length, about) = (part.end - part.start, format!("bytes {}-{}/{size}", part.start, part.end - 1));
                let file = File::part(db, kept, part).map_err(Problem::from)?;
                Ok(ResultResponse::Part(file, length, etag, about))
            }
            Err(Unsatisfiable) => {
                let problem = Problem::new(Code::RangeNotSatisfiable, format!("the file has {size} bytes"));
                Err(problem.header(header::CONTENT_RANGE, &format!("bytes */{size}")).into())
            }
        }
    }
}

fn etag(digest: &[u8]) -> String {
    let hex = digest.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    format!("\"{hex}\"")
}

fn extension(kept: &result::Kept) -> &str {
    kept.content_type.rsplit('/').next().unwrap_or("bin")
}
