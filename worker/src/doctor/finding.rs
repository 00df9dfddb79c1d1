//! The results that the doctor reports.

use std::fmt;

/// The result of testing one protection.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) subject: &'static str,
    pub(super) status: Status,
    pub(super) detail: String,
}

/// Whether a protection is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Pass,
    /// It is not, but others cover for it.
    Weak,
    Fail,
}

impl Finding {
    pub(super) fn new(subject: &'static str, passes: bool, detail: impl Into<String>) -> Self {
        Self { subject, status: if passes { Status::Pass } else { Status::Fail }, detail: detail.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.status {
            Status::Pass => "ok  ",
            Status::Weak => "weak",
            Status::Fail => "BAD ",
        };
        write!(f, "{mark}  {}: {}", self.subject, self.detail)
    }
}
