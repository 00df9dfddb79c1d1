//! Render errors, by what to do with the job.

use domain::egress::Denied;
use domain::job::{Blocked, ErrorCode, Failure, RenderReport, Timings};
use url::Url;

use crate::cdp::CallError;
use crate::egress::DialError;

/// Why there is no file.
#[derive(Debug)]
pub(crate) enum RenderError {
    /// Another attempt would fail as well. Fail the job.
    Permanent(Box<Failure>),
    /// Another attempt may succeed. Retry the job.
    Transient(Box<Failure>),
    /// The browser was gone before the render began. Release the job.
    NotAttempted,
}

impl RenderError {
    pub(crate) fn permanent(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Permanent(Box::new(Failure::new(code, message)))
    }

    pub(crate) fn transient(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Transient(Box::new(Failure::new(code, message)))
    }

    /// Adds what is known of the render so far.
    pub(super) fn with_report(self, timings: Timings, blocked: Blocked, report: RenderReport) -> Self {
        let add = |failure: Box<Failure>| Box::new(Failure { timings: Some(timings), blocked, report, ..*failure });
        match self {
            Self::Permanent(failure) => Self::Permanent(add(failure)),
            Self::Transient(failure) => Self::Transient(add(failure)),
            Self::NotAttempted => Self::NotAttempted,
        }
    }

    /// Whether the browser may be damaged, so that it must not be given another job.
    pub(crate) fn may_damage_browser(&self) -> bool {
        match self {
            Self::Permanent(failure) | Self::Transient(failure) => {
                matches!(
                    failure.code,
                    ErrorCode::CaptureTimeout | ErrorCode::RendererCrashed | ErrorCode::BrowserCrashed
                )
            }
            Self::NotAttempted => true,
        }
    }
}

impl From<CallError> for RenderError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::BrowserGone => Self::transient(ErrorCode::BrowserCrashed, "the browser crashed"),
            CallError::PageCrashed => renderer_crashed(),
            CallError::ReplyTooLarge => file_too_large(),
            CallError::Timeout(_) => browser_hung(),
            CallError::Protocol(..) => Self::transient(ErrorCode::RendererCrashed, error.to_string()),
        }
    }
}

/// The largest file that is stored, in bytes.
pub(super) const MAX_FILE_BYTES: usize = 50 * 1024 * 1024;

/// The file exceeds [`MAX_FILE_BYTES`].
pub(super) fn file_too_large() -> RenderError {
    let message =
        format!("the file is larger than {} MiB: render less of the page, or at a lower scale", MAX_FILE_BYTES >> 20);
    RenderError::permanent(ErrorCode::ResultTooLarge, message)
}

/// The longest part of a request, or of what its script says, that a message repeats, in characters.
const MAX_SHOWN_CHARS: usize = 64;

/// Shortens a text of the request for a message.
pub(super) fn shown(text: &str) -> String {
    let shown: String = text.chars().filter(|c| !c.is_control()).take(MAX_SHOWN_CHARS).collect();
    if shown.len() < text.len() { format!("{shown}…") } else { shown }
}

/// A selector of the request cannot be parsed.
pub(super) fn invalid_selector(selector: &str) -> RenderError {
    let message = format!("`{}` is not a valid CSS selector", shown(selector));
    RenderError::permanent(ErrorCode::SelectorInvalid, message)
}

/// The browser did not even open a page in time.
pub(super) fn browser_hung() -> RenderError {
    RenderError::transient(ErrorCode::BrowserCrashed, "the browser hung")
}

/// The browser closed the page, which pages themselves cannot.
pub(super) fn page_closed() -> RenderError {
    RenderError::transient(ErrorCode::RendererCrashed, "the browser closed the page")
}

/// The response with the page ended before the page was complete.
pub(super) fn incomplete_document(error: &str, origin: &str) -> RenderError {
    let error = error.strip_prefix("net::").unwrap_or(error);
    let why = match error {
        "ERR_CONTENT_LENGTH_MISMATCH" => "the response is shorter than its Content-Length",
        "ERR_INCOMPLETE_CHUNKED_ENCODING" => "the response was cut off",
        "ERR_CONTENT_DECODING_FAILED" | "ERR_CONTENT_DECODING_INIT_FAILED" => {
            "the response is not encoded as its Content-Encoding says"
        }
        _ => "the page could not be read to its end",
    };
    RenderError::permanent(ErrorCode::NavigationFailed, format!("{origin}: {why} ({error})"))
}

/// The process of the page is gone.
pub(super) fn renderer_crashed() -> RenderError {
    RenderError::transient(ErrorCode::RendererCrashed, "the page crashed its renderer")
}

/// The page used more memory than a browser may.
pub(crate) fn over_memory_limit(limit_mib: u64) -> RenderError {
    RenderError::permanent(ErrorCode::RendererCrashed, format!("the page used more than {limit_mib} MiB of memory"))
}

/// Translates why the proxy could not connect to a host.
pub(super) fn dial_error(error: DialError, origin: &str) -> RenderError {
    let permanent = |code, what: &str| RenderError::permanent(code, format!("{origin}: {what}"));
    let transient = |code, what: &str| RenderError::transient(code, format!("{origin}: {what}"));
    match error {
        DialError::Denied(why) => denied(why),
        DialError::NoSuchName => permanent(ErrorCode::NavigationFailed, "the host name does not exist"),
        DialError::DnsTimeout => transient(ErrorCode::DnsTimeout, "Timeout: the host name was not resolved in time"),
        DialError::DnsFailed => transient(ErrorCode::DnsTimeout, "Timeout: the host name could not be resolved"),
        DialError::Refused => permanent(ErrorCode::NavigationFailed, "the connection was refused"),
        DialError::Unreachable => permanent(ErrorCode::NavigationFailed, "the host could not be reached"),
        DialError::Timeout => {
            permanent(ErrorCode::NavigationTimeout, "Timeout: the connection was not accepted in time")
        }
    }
}

/// The egress policy denied the page itself. Only the operator can change that.
pub(super) fn denied(denied: Denied) -> RenderError {
    let message = format!("{denied}; the operator of this service can allow it with TINTYPE_EGRESS_ALLOW");
    RenderError::permanent(ErrorCode::UrlBlocked, message)
}

/// Translates a network error of the browser.
pub(super) fn net_error(error: &str, origin: &str) -> RenderError {
    let error = error.strip_prefix("net::").unwrap_or(error);
    let (code, why) = match error {
        "ERR_TIMED_OUT" | "ERR_CONNECTION_TIMED_OUT" => {
            (ErrorCode::NavigationTimeout, "Timeout: the host did not respond")
        }
        "ERR_DNS_TIMED_OUT" => (ErrorCode::DnsTimeout, "Timeout: the host name was not resolved in time"),
        "ERR_NAME_NOT_RESOLVED" => (ErrorCode::NavigationFailed, "the host name does not exist"),
        "ERR_UNSAFE_PORT" => (ErrorCode::UrlBlocked, "browsers do not connect to this port"),
        "ERR_BLOCKED_BY_CLIENT" | "ERR_BLOCKED_BY_ADMINISTRATOR" => (ErrorCode::UrlBlocked, "the URL is blocked"),
        "ERR_TOO_MANY_REDIRECTS" => (ErrorCode::NavigationFailed, "there were too many redirects"),
        "ERR_ABORTED" => (ErrorCode::NavigationFailed, "the response was a download, or had no content"),
        _ if is_tls(error) => (ErrorCode::TlsError, "no secure connection could be established"),
        _ => (ErrorCode::NavigationFailed, "the host could not be reached"),
    };
    RenderError::permanent(code, format!("{origin}: {why} ({error})"))
}

fn is_tls(error: &str) -> bool {
    ["ERR_CERT", "ERR_SSL", "ERR_TLS", "ERR_BAD_SSL", "ERR_ECH"].iter().any(|prefix| error.starts_with(prefix))
}

/// Returns the origin of a URL, the only part of it that a message may contain.
pub(super) fn origin(url: &str) -> String {
    Url::parse(url).map_or_else(|_| "an invalid URL".to_owned(), |url| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use domain::job::ErrorCode;

    use super::{RenderError, net_error};

    #[test]
    fn net_errors_become_error_codes() {
        for (error, code) in [
            ("net::ERR_CONNECTION_REFUSED", ErrorCode::NavigationFailed),
            ("net::ERR_NAME_NOT_RESOLVED", ErrorCode::NavigationFailed),
            ("net::ERR_ABORTED", ErrorCode::NavigationFailed),
            ("net::ERR_CERT_DATE_INVALID", ErrorCode::TlsError),
            ("net::ERR_CERTIFICATE_TRANSPARENCY_REQUIRED", ErrorCode::TlsError),
            ("net::ERR_SSL_PROTOCOL_ERROR", ErrorCode::TlsError),
            ("net::ERR_UNSAFE_PORT", ErrorCode::UrlBlocked),
            ("net::ERR_CONNECTION_TIMED_OUT", ErrorCode::NavigationTimeout),
            ("net::ERR_DNS_TIMED_OUT", ErrorCode::DnsTimeout),
        ] {
            let RenderError::Permanent(failure) = net_error(error, "https://example.com") else { panic!("{error}") };

            assert_eq!(failure.code, code, "{error}");
            assert!(failure.message.contains("https://example.com"), "{error}");
            assert_eq!(failure.message.contains("Timeout"), error.contains("TIMED_OUT"), "{error}");
        }
    }
}
