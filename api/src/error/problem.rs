//! An error on its way to becoming a response.

use poem::Response;
use poem::error::ResponseError;
use poem::http::{HeaderName, HeaderValue, StatusCode, header};
use poem_openapi::types::ToJSON;
use serde_json::{Map, Value};

use crate::error::body::{ErrorBody, ErrorDetail, ErrorRepeat, FieldError};
use crate::error::code::Code;
use crate::metrics;

/// An error response.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Problem {
    pub(crate) code: Code,
    /// The human-readable message.
    pub(crate) message: String,
    /// Seconds to wait before retrying.
    pub(crate) retry_after: Option<u32>,
    /// A machine-readable reason more specific than the code.
    pub(crate) reason: Option<String>,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// Members of the body besides those of every error.
    pub(crate) members: Option<Box<Map<String, Value>>>,
}

impl Problem {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        let (errors, headers, members) = (Vec::new(), Vec::new(), None);
        Self { code, message: message.into(), retry_after: None, reason: None, errors, headers, members }
    }

    /// A validation error that lists all invalid fields.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        let message = match errors.as_slice() {
            [only] => format!("`{}` {}", only.field, only.message),
            several => format!("{} fields are invalid", several.len()),
        };
        Self { errors, ..Self::new(Code::ValidationError, message) }
    }

    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Adds a member to the body.
    pub(crate) fn member(mut self, name: &str, value: Value) -> Self {
        self.members.get_or_insert_default().insert(name.to_owned(), value);
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: &impl ToString) -> Self {
        if let Ok(value) = HeaderValue::from_str(&value.to_string()) {
            self.headers.push((name, value));
        }
        self
    }

    /// Builds the response.
    pub(crate) fn respond(self, request_id: &str) -> Response {
        let body = self.body(request_id);
        let mut response = Response::builder().status(self.code.status()).content_type("application/json").body(body);
        response.headers_mut().extend(self.headers);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }

    /// Returns the body of the response, and counts it. This is the only place that builds an error body.
    pub(crate) fn body(&self, request_id: &str) -> String {
        metrics::error(self.code.name());
        let (code, message) = (self.code.name().to_owned(), self.message.clone());
        let body = ErrorBody {
            error: ErrorRepeat { code: code.clone(), message: message.clone() },
            detail: ErrorDetail {
                code,
                message,
                request_id: request_id.to_owned(),
                retry_after: self.retry_after,
                reason: self.reason.clone(),
                errors: (!self.errors.is_empty()).then(|| self.errors.clone()),
            },
        };
        let mut body = body.to_json().unwrap_or_default();
        if let (Value::Object(body), Some(members)) = (&mut body, &self.members) {
            body.extend(members.as_ref().clone());
        }
        body.to_string()
    }
}

impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        self.code.status()
    }
}

/// An internal error. The details are in the log, under the request id.
pub(crate) fn internal() -> Problem {
    Problem::new(Code::Internal, "an internal error occurred; report the request id to the operator")
}

/// The same error for an unknown id, another account's job and a malformed id.
pub(crate) fn no_such_job() -> Problem {
    Problem::new(Code::JobNotFound, "your account has no such job")
}
