//! Findings: the words in which the checks report.

use serde::Serialize;

/// The finding of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The subject, such as `connections`.
    pub check: &'static str,
    /// Whether it is as it should be.
    pub status: Status,
    /// Its value, for people.
    pub value: String,
    /// The way out, or something to consider.
    pub advice: Option<String>,
}

/// Whether something is as it should be. A later one is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is.
    Ok,
    /// The role of this connection may not see it.
    Unknown,
    /// It works, but costs throughput, space or safety.
    Warn,
    /// It does not work, or jobs may be lost.
    Fail,
}

impl Status {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

impl Finding {
    pub(super) fn new(check: &'static str, status: Status, value: impl Into<String>) -> Self {
        Self { check, status, value: value.into(), advice: None }
    }

    pub(super) fn ok(check: &'static str, value: impl Into<String>) -> Self {
        Self::new(check, Status::Ok, value)
    }

    /// Bad, or good without advice.
    pub(super) fn judged(check: &'static str, value: impl Into<String>, bad: Option<(Status, &str)>) -> Self {
        match bad {
            Some((status, advice)) => Self::new(check, status, value).advised(advice),
            None => Self::ok(check, value),
        }
    }

    pub(super) fn advised(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}
