//! Findings: something that an operator should know.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::console::core::route::Route;

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Severity {
    /// Customers do not get what they pay for.
    Critical,
    /// It will become so, or one customer is concerned.
    Warning,
    /// It may explain something.
    Notice,
}

impl Severity {
    /// The word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// Something that an operator should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// How bad it is.
    pub(crate) severity: Severity,
    /// Its name, the same for as long as it lasts, such as `worker:w-12`.
    pub(crate) id: String,
    /// Since when, as far as it is known.
    pub(crate) since: Option<DateTime<Utc>>,
    /// The finding in one line.
    pub(crate) text: String,
    /// Where to look closer.
    #[serde(skip)]
    pub(crate) target: Option<Route>,
}

impl Finding {
    pub(super) fn new(
        severity: Severity,
        id: impl Into<String>,
        text: impl Into<String>,
        target: Option<Route>,
    ) -> Self {
        Self { severity, id: id.into(), since: None, text: text.into(), target }
    }

    pub(super) fn since(self, since: Option<DateTime<Utc>>) -> Self {
        Self { since, ..self }
    }
}
