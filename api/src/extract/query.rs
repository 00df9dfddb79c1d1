//! Validates query parameters.

use percent_encoding::percent_decode_str;
use poem::Request;

use crate::error::body::FieldError;
use crate::error::problem::Problem;
use crate::openapi::document::ApiDocument;
use crate::openapi::truncated;

/// Rejects query parameters that do not match the document: unknown ones, repeated ones, and
/// invalid values.
pub(super) fn validate(request: &Request, document: &ApiDocument) -> Result<(), Problem> {
    let query = request.uri().query().unwrap_or_default();
    let (mut given, mut errors) = (Vec::new(), Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match (decode(name), decode(value)) {
            (Some(name), Some(value)) => given.push((name, value)),
            (_, _) => errors.push(FieldError::new(truncated(name), "is not UTF-8 with percent-encoding")),
        }
    }
    errors.extend(document.validate_query(request.uri().path(), request.method().as_str(), &given));
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

/// Decodes `application/x-www-form-urlencoded`, in which `+` is a space.
fn decode(text: &str) -> Option<String> {
    percent_decode_str(&text.replace('+', " ")).decode_utf8().ok().map(Into::into)
}
