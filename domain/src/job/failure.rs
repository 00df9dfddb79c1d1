//! Why a job failed: for programs, and for people.

use super::{Blocked, Timings};

/// Why a job failed, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the wire's own")]
pub enum ErrorCode {
    NavigationFailed,
    NavigationTimeout,
    WaitTimeout,
    CaptureTimeout,
    TlsError,
    DnsTimeout,
    UrlBlocked,
    SelectorInvalid,
    PageTooTall,
    PdfTooLarge,
    ResultTooLarge,
    RendererCrashed,
    BrowserCrashed,
    WorkerLost,
    QueueTimeout,
    Cancelled,
}

/// Why a job failed, and what its last render tells of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// For programs.
    pub code: ErrorCode,
    /// For people. Contains `Timeout` where a budget ran out.
    pub message: String,
    /// Where the time went, as far as the render came.
    pub timings: Option<Timings>,
    /// What the page was kept from reaching.
    pub blocked: Blocked,
}

impl ErrorCode {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::NavigationFailed => "NAVIGATION_FAILED",
            Self::NavigationTimeout => "NAVIGATION_TIMEOUT",
            Self::WaitTimeout => "WAIT_TIMEOUT",
            Self::CaptureTimeout => "CAPTURE_TIMEOUT",
            Self::TlsError => "TLS_ERROR",
            Self::DnsTimeout => "DNS_TIMEOUT",
            Self::UrlBlocked => "URL_BLOCKED",
            Self::SelectorInvalid => "SELECTOR_INVALID",
            Self::PageTooTall => "PAGE_TOO_TALL",
            Self::PdfTooLarge => "PDF_TOO_LARGE",
            Self::ResultTooLarge => "RESULT_TOO_LARGE",
            Self::RendererCrashed => "RENDERER_CRASHED",
            Self::BrowserCrashed => "BROWSER_CRASHED",
            Self::WorkerLost => "WORKER_LOST",
            Self::QueueTimeout => "QUEUE_TIMEOUT",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Whether a budget ran out.
    fn is_timeout(self) -> bool {
        match self {
            Self::NavigationTimeout
            | Self::WaitTimeout
            | Self::CaptureTimeout
            | Self::DnsTimeout
            | Self::QueueTimeout => true,
            Self::NavigationFailed
            | Self::TlsError
            | Self::UrlBlocked
            | Self::SelectorInvalid
            | Self::PageTooTall
            | Self::PdfTooLarge
            | Self::ResultTooLarge
            | Self::RendererCrashed
            | Self::BrowserCrashed
            | Self::WorkerLost
            | Self::Cancelled => false,
        }
    }
}

impl Failure {
    /// A failure and what to say of it. Clients try again on the word `Timeout`, so it is
    /// there wherever a budget ran out.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let message = message.into();
        let message =
            if code.is_timeout() && !message.contains("Timeout") { format!("Timeout: {message}") } else { message };
        Self { code, message, timings: None, blocked: Blocked::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorCode, Failure};

    #[test]
    fn a_budget_that_ran_out_is_called_a_timeout() {
        for (code, said, told) in [
            (ErrorCode::WaitTimeout, "it took too long", "Timeout: it took too long"),
            (ErrorCode::NavigationTimeout, "Timeout: no answer", "Timeout: no answer"),
            (ErrorCode::QueueTimeout, "too old: Timeout of the queue", "too old: Timeout of the queue"),
            (ErrorCode::TlsError, "no certificate", "no certificate"),
        ] {
            assert_eq!(Failure::new(code, said).message, told);
        }
    }
}
