//! Why a secret cannot be sent to a page.

use std::borrow::Cow;

/// Why a secret cannot be sent to a page. The message never contains its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidSecret {
    /// The field of the job, such as `cookies[2].domain`.
    pub field: String,
    /// The problem, and what to do about it.
    pub message: Cow<'static, str>,
}

impl InvalidSecret {
    /// An error in a field.
    pub(super) fn new(field: impl Into<String>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}
