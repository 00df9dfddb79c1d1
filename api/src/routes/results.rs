//! `GET /v1/jobs/{job_id}/result`

use domain::id::JobId;
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
use crate::extract::auth::{Auth, Read};
use crate::respond::conditions::{Conditions, Decision, ListHeader};
use crate::respond::file::ResultFile;
use crate::respond::range::{self, Unsatisfiable};

/// A browser that opens a file must not run what is in it.
const SECURITY_POLICY: &str = "sandbox; default-src 'none'";

/// A file is for one account. Neither shared caches nor browsers store it, as it expires.
const CACHE_CONTROL: &str = "private, no-store";

pub(crate) struct ResultsApi;

pub(crate) struct GetResultErrors;

impl ErrorCodes for GetResultErrors {
    const CODES: &'static [Code] = &[
        Code::InvalidApiKey,
        Code::JobNotFound,
        Code::JobNotReady,
        Code::JobFailed,
        Code::ResultExpired,
        Code::PreconditionFailed,
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
        /// Always `private, no-store`.
        #[oai(header = "Cache-Control")]
        String,
        /// Keeps a browser from running what is in the file.
        #[oai(header = "Content-Security-Policy")]
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
        /// A file name, for saving the file.
        #[oai(header = "Content-Disposition")]
        String,
        /// Always `private, no-store`.
        #[oai(header = "Cache-Control")]
        String,
        /// Keeps a browser from running what is in the file.
        #[oai(header = "Content-Security-Policy")]
        String,
        /// The position of the part, and the size of the whole file.
        #[oai(header = "Content-Range")]
        String,
    ),
    /// The file has the `ETag` in `If-None-Match`: it is not sent again.
    #[oai(status = 304)]
    NotModified(
        /// The SHA-256 digest of the file.
        #[oai(header = "ETag")]
        String,
        /// Always `private, no-store`.
        #[oai(header = "Cache-Control")]
        String,
    ),
}

#[OpenApi]
impl ResultsApi {
    /// Get the result of a job
    ///
    /// The result is available until the job's `expires_at`: by default, for 24 hours after
    /// the job completed.
    #[expect(clippy::too_many_arguments, reason = "they are the parameters of the operation")]
    #[oai(path = "/v1/jobs/:job_id/result", method = "get", operation_id = "getJobResult", tag = "Tag::Jobs")]
    async fn result(
        &self,
        app: Data<&App>,
        auth: Auth<Read>,
        /// The job's id.
        job_id: Path<String>,
        /// A part of the file, such as `bytes=0-1023`. A request for several parts returns the
        /// whole file.
        #[oai(name = "Range")]
        range: Header<Option<String>>,
        /// Sends the part in `Range` only if the file still has this `ETag`, and otherwise the whole
        /// file.
        #[oai(name = "If-Range")]
        if_range: Header<Option<String>>,
        /// Sends the file only if it has none of these `ETag`s.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<ListHeader>>,
        /// Sends the file only if it has one of these `ETag`s.
        #[oai(name = "If-Match")]
        if_match: Header<Option<ListHeader>>,
    ) -> Result<ResultResponse, DocumentedError<GetResultErrors>> {
        let id = job_id.parse().map_err(|_| no_such_job())?;
        let is_sent_whole = range.is_none() && if_none_match.is_none() && if_match.is_none();
        let result = if is_sent_whole {
            result::open(&app.db, &auth.0, id).await?
        } else {
            result::find(&app.db, &auth.0, id).await?
        };
        let etag = etag(&result.digest);
        let conditions = Conditions {
            if_match: if_match.0.as_ref(),
            if_none_match: if_none_match.0.as_ref(),
            if_range: if_range.0.as_deref(),
        };
        let range = match conditions.decide(&etag) {
            Decision::Send => range.0.as_deref().unwrap_or_default(),
            Decision::SendWhole => "",
            Decision::NotModified => return Ok(ResultResponse::NotModified(etag, CACHE_CONTROL.to_owned())),
            Decision::PreconditionFailed => {
                let message = format!("the `ETag` of the file is {etag}, which `If-Match` does not contain");
                return Err(Problem::new(Code::PreconditionFailed, message).header(header::ETAG, &etag).into());
            }
        };
        Ok(send(&app, id, result, range)?)
    }
}

/// Sends the file, or the part that the `Range` header asks for.
fn send(app: &App, id: JobId, result: StoredResult, range: &str) -> Result<ResultResponse, Problem> {
    let (db, size, etag) = (app.db.clone(), result.size, etag(&result.digest));
    let name = format!("inline; filename=\"tintype-{id}.{}\"", extension(&result));
    let (caching, policy) = (CACHE_CONTROL.to_owned(), SECURITY_POLICY.to_owned());
    match range::parse(range, size) {
        Ok(None) => {
            let file = ResultFile::whole(db, result)?;
            Ok(ResultResponse::Whole(file, size, etag, name, caching, policy, "bytes".to_owned()))
        }
        Ok(Some(part)) => {
            let content_range = format!("bytes {}-{}/{size}", part.start, part.end - 1);
            let length = part.end - part.start;
            let file = ResultFile::part(db, result, part)?;
            Ok(ResultResponse::Part(file, length, etag, name, caching, policy, content_range))
        }
        Err(Unsatisfiable) => {
            let problem = Problem::new(Code::RangeNotSatisfiable, format!("the file is {size} bytes long"));
            Err(problem.header(header::CONTENT_RANGE, &format!("bytes */{size}")))
        }
    }
}

fn etag(digest: &[u8]) -> String {
    let hex = digest.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    format!("\"{hex}\"")
}

fn extension(result: &StoredResult) -> &str {
    match result.content_type.as_str() {
        "image/jpeg" => "jpg",
        other => other.rsplit('/').next().unwrap_or("bin"),
    }
}
