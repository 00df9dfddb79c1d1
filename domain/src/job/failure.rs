//! Failures: why a job failed, for programs and for people.

use super::blocked::Blocked;
use super::error_code::ErrorCode;
use super::rendered::Timings;
use super::report::RenderReport;

/// Why a job failed, and what is known of its last render.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// For programs.
    pub code: ErrorCode,
    /// For people. Contains `Timeout` if a time limit was exceeded.
    pub message: String,
    /// How long each phase took, up to the failure.
    pub timings: Option<Timings>,
    /// What the page was denied.
    pub blocked: Blocked,
    /// What the render reported.
    pub report: RenderReport,
}

impl Failure {
    /// A failure without timings. Clients retry on the word `Timeout`, so it is added to the
    /// message of every code that stands for one.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if code.is_timeout() && !message.contains("Timeout") {
            message.insert_str(0, "Timeout: ");
        }
        Self { code, message, timings: None, blocked: Blocked::default(), report: RenderReport::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorCode, Failure};

    #[test]
    fn the_message_of_a_timeout_contains_the_word() {
        for (code, message, expected) in [
            (ErrorCode::WaitTimeout, "it took too long", "Timeout: it took too long"),
            (ErrorCode::NavigationTimeout, "Timeout: no response", "Timeout: no response"),
            (ErrorCode::QueueTimeout, "too old: Timeout of the queue", "too old: Timeout of the queue"),
            (ErrorCode::TlsError, "no certificate", "no certificate"),
        ] {
            assert_eq!(Failure::new(code, message).message, expected);
        }
    }
}
