//! `GET /v1/jobs/{job_id}` and its result

use domain::{job, result};
use poem::http::header;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::{ApiResponse, OpenApi};

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
    const CODES: &'static [Code] = &[Code::InvalidApiKey, Code::JobNotFound, Code::DatabaseUnavailable];
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
    #[oai(path = "/v1/jobs/:job_id", method = "get", operation_id = "getJob", tag = "Tag::Jobs")]
    async fn job(
        &self,
        service: Data<&Service>,
        auth: Auth,
        /// The job's id.
        job_id: Path<String>,
    ) -> Result<Strict<Job>, Refusal<Asking>> {
        let id = job_id.parse().map_err(|_| no_such_job())?;
        let job = job::fetch(&service.db, &auth.0, id).await?.ok_or_else(no_such_job)?;
        Ok(Strict(job.into()))
    }

    /// Fetch a job's result
    ///
    /// It is kept for 24 hours after the job completed.
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
