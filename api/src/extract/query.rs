//! Rejects unknown query parameters.

use percent_encoding::percent_decode_str;
use poem::Request;

use crate::error::body::FieldError;
use crate::error::problem::Problem;
use crate::openapi::document::ApiDocument;
use crate::openapi::truncated;

/// Rejects a query parameter that the OpenAPI document does not list; it would otherwise be ignored
/// silently.
pub(super) fn reject_unknown(request: &Request, document: &ApiDocument) -> Result<(), Problem> {
    let known = document.query_parameters(request.uri().path(), request.method().as_str());
    let query = request.uri().query().unwrap_or_default();
    let names = query.split('&').filter_map(|pair| pair.split('=').next()).filter(|name| !name.is_empty());
    let mut names = names.map(|name| percent_decode_str(name).decode_utf8_lossy());
    let Some(name) = names.find(|name| !known.contains(&name.as_ref())) else { return Ok(()) };
    let message = match known.as_slice() {
        [] => "is not a query parameter of this operation, which has none".to_owned(),
        known => format!("is not a query parameter of this operation, which has: {}", known.join(", ")),
    };
    Err(Problem::invalid(vec![FieldError::new(truncated(&name), message)]))
}
