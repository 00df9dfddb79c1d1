//! `GET /v1/jobs/{job_id}/result`

use domain::result::{self, StoredResult};
use poem::http::header;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::{ApiResponse, OpenApi};

use super::tag::Tag;
use crate::app::App;
use crate::error::code::Code;
use crate::error::documented::{DocumentedError, ErrorCodes};
use crate::error::problem::{Problem, no_such_job};
use crate::extract::auth::Auth;
use crate::respond::file::ResultFile;
use crate::respond::range::{self, Unsatisfiable};

pub(crate) struct ResultsApi;

pub(crate) struct GetResultErrors;

impl ErrorCodes for GetResultErrors {
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
    Whole(
        ResultFile,
        /// The size of the file, in bytes.
        #[oai(header = "Content-Length")]
        i64,
        /// The SHA-256 digest of the file.
        #[oai(header = "ETag")]
        String,
        /// A file name, for saving the file.
        #[oai(header = "Content-Disposition")]
        String,
        /// Always `bytes`: range requests are supported.
        #[oai(header = "Accept-Ranges")]
        String,
    ),
    /// The part of the file requested with `Range`.
    #[oai(status = 206)]
    Part(
        ResultFile,
        /// The size of the part, in bytes.
        #[oai(header = "Content-Length")]
        i64,
        /// The SHA-256 digest of the whole file.
        #[oai(header = "ETag")]
        String,
        /// The position of the part, and the size of the whole file.
        #[oai(header = "Content-Range")]
        String,
    ),
}

#[OpenApi]
impl ResultsApi {
    /// Get the result of a job
    ///
    /// The result is available until the job's `expires_at`: by default, for 24 hours after
    /// the job completed.
    #[oai(path = "/v1/jobs/:job_id/result", method = "get", operation_id = "getJobResult", tag = "Tag::Jobs")]
    async fn result(
        &self,
        app: Data<&App>,
        auth: Auth,
        /// The job's id.
        job_id: Path<String>,
        /// A part of the file, such as `bytes=0-1023`. A request for several parts returns the
        /// whole file.
        range: Header<Option<String>>,
    ) -> Result<ResultResponse, DocumentedError<GetResultErrors>> {
        let id = job_id.parse().map_err(|_| no_such_job())?;
        let result = result::find(&app.db, &auth.0, id).await?;
        let (db, size, etag) = (app.db.clone(), result.size, etag(&result.digest));
        match range::parse(range.as_deref().unwrap_or_default(), size) {
            Ok(None) => {
                let disposition = format!("inline; filename=\"{id}.{}\"", extension(&result));
                let file = ResultFile::whole(db, result)?;
                Ok(ResultResponse::Whole(file, size, etag, disposition, "bytes".to_owned()))
            }
            Ok(Some(part)) => {
                let (length, content_range) =
                    (part.end - part.start, format!("bytes {}-{}/{size}", part.start, part.end - 1));
                let file = ResultFile::part(db, result, part)?;
                Ok(ResultResponse::Part(file, length, etag, content_range))
            }
            Err(Unsatisfiable) => {
                let problem = Problem::new(Code::RangeNotSatisfiable, format!("the file is {size} bytes long"));
                Err(problem.header(header::CONTENT_RANGE, &format!("bytes */{size}")).into())
            }
        }
    }
}

fn etag(digest: &[u8]) -> String {
    let hex = digest.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    format!("\"{hex}\"")
}

fn extension(result: &StoredResult) -> &str {
    result.content_type.rsplit('/').next().unwrap_or("bin")
}
