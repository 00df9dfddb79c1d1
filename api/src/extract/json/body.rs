//! Reads the body of a request, once it is known to be acceptable.

use std::io;

use poem::error::ReadBodyError;
use poem::http::header;
use poem::{Request, RequestBody};

use crate::error::code::Code;
use crate::error::problem::Problem;

/// Maximum size of the body of a single job, in bytes.
const MAX_BODY_BYTES: usize = 6 * 1024 * 1024;

/// Maximum size of the body of a batch, in bytes.
const MAX_BULK_BODY_BYTES: usize = 24 * 1024 * 1024;

/// Reads the body. The media type and the announced size are checked before: a client that sends
/// `Expect: 100-continue` then never sends a body that is rejected.
pub(super) async fn read(request: &Request, body: &mut RequestBody) -> Result<Vec<u8>, Problem> {
    check_media_type(request)?;
    let max = if request.uri().path().ends_with("/bulk") { MAX_BULK_BODY_BYTES } else { MAX_BODY_BYTES };
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > max as u64) {
        return Err(too_large(max));
    }
    let bytes = body.take().map_err(|_| unreadable())?.into_bytes_limit(max).await;
    bytes.map(Vec::from).map_err(|error| match error {
        ReadBodyError::PayloadTooLarge => too_large(max),
        ReadBodyError::Io(error) if error.kind() == io::ErrorKind::TimedOut => too_slow(),
        ReadBodyError::BodyHasBeenTaken | ReadBodyError::Utf8(_) | ReadBodyError::Io(_) => unreadable(),
    })
}

fn check_media_type(request: &Request) -> Result<(), Problem> {
    let is_json = request.content_type().is_some_and(|content_type| {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    });
    if !is_json {
        return Err(Problem::new(Code::UnsupportedMediaType, "send `Content-Type: application/json`"));
    }
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(Problem::new(Code::UnsupportedMediaType, "send the body without `Content-Encoding`"));
    }
    Ok(())
}

fn too_large(max: usize) -> Problem {
    Problem::new(Code::PayloadTooLarge, format!("the body must be at most {max} bytes long"))
}

fn too_slow() -> Problem {
    let message = "the body arrived too slowly: it must not pause for 30 s, and bring 32 KiB per second on average";
    Problem::new(Code::RequestTimeout, message)
}

fn unreadable() -> Problem {
    let message = "the body ended before its `Content-Length`, or its chunks have invalid sizes";
    Problem::new(Code::MalformedJson, message)
}
