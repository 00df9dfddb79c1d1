//! The body of every error response.

use poem_openapi::Object;

/// The body of every error response.
#[derive(Debug, Clone, Object)]
pub(crate) struct ErrorBody {
    /// The error.
    pub(crate) detail: ErrorDetail,
    /// The code and message again, because some clients read them here.
    pub(crate) error: ErrorRepeat,
}

/// What went wrong, for programs and people.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ErrorDetail {
    /// Why the request failed, for programs.
    pub(crate) code: String,
    /// Why the request failed, for people. The text may change: programs should read `code`.
    pub(crate) message: String,
    /// The id of the request, the same as in the header `X-Request-Id`. Include it when you report
    /// a problem.
    pub(crate) request_id: String,
    /// The number of seconds to wait before retrying, the same as in the header `Retry-After`.
    pub(crate) retry_after: Option<u32>,
    /// A reason more specific than `code`: for a failed job, its error code in lower case, such as
    /// `navigation_timeout`, `wait_timeout` or `capture_timeout`.
    pub(crate) reason: Option<String>,
    /// All invalid fields, if the code is `VALIDATION_ERROR`: at most 50.
    pub(crate) errors: Option<Vec<FieldError>>,
}

/// An invalid field.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub(crate) struct FieldError {
    /// The path of the field, such as `jobs[3].viewport.width`.
    pub(crate) field: String,
    /// Why the field is invalid and how to fix it.
    pub(crate) message: String,
}

/// The code and message of the error.
#[derive(Debug, Clone, Object)]
#[oai(rename = "ErrorSummary")]
pub(crate) struct ErrorRepeat {
    /// The same as `detail.code`.
    pub(crate) code: String,
    /// The same as `detail.message`.
    pub(crate) message: String,
}

impl FieldError {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}
