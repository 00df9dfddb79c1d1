//! The one envelope of every error.

use poem_openapi::Object;

/// Every answer that is not a success.
#[derive(Debug, Clone, Object)]
pub(crate) struct ErrorBody {
    /// What went wrong.
    pub(crate) detail: ErrorDetail,
    /// Code and message again, where some clients look for them.
    pub(crate) error: ErrorRepeat,
}

/// What went wrong.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ErrorDetail {
    /// For programs: `UPPER_SNAKE`, never changed.
    pub(crate) code: String,
    /// For people.
    pub(crate) message: String,
    /// What to tell the operator.
    pub(crate) request_id: String,
    /// Seconds after which it is worth trying again.
    pub(crate) retry_after: Option<u32>,
    /// More than the code says, such as the phase in which a budget ran out.
    pub(crate) reason: Option<String>,
    /// Every field that is wrong.
    pub(crate) errors: Option<Vec<FieldError>>,
}

/// A field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub(crate) struct FieldError {
    /// Where it is, such as `jobs[3].viewport.width`.
    pub(crate) field: String,
    /// What is wrong with it, and the way out.
    pub(crate) message: String,
}

/// Code and message of the error.
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
