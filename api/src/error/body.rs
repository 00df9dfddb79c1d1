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

/// The error.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ErrorDetail {
    /// A stable, machine-readable code in `UPPER_SNAKE` case.
    pub(crate) code: String,
    /// A human-readable message.
    pub(crate) message: String,
    /// The id of the request, for support: the same as `X-Request-Id`.
    pub(crate) request_id: String,
    /// Seconds to wait before retrying.
    pub(crate) retry_after: Option<u32>,
    /// A machine-readable reason more specific than the code, such as the phase that timed out.
    pub(crate) reason: Option<String>,
    /// All invalid fields.
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
