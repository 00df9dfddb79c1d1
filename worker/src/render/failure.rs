//! What can be wrong with a render, sorted by what to do with its job.

use domain::job::{ErrorCode, Failure};

use crate::browser::Browser;
use crate::cdp::CallError;

/// Why there is no file.
#[derive(Debug)]
pub(crate) enum NotRendered {
    /// It would go no better next time. Fail the job.
    Final(Failure),
    /// The next attempt may go better. Give it one.
    Chance(Failure),
    /// The browser was gone before anything was done. Give the job back.
    Untouched,
}

impl NotRendered {
    /// A failure that would only repeat itself.
    pub(crate) fn fail(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Final(Failure::new(code, message))
    }
}

impl From<CallError> for NotRendered {
    fn from(error: CallError) -> Self {
        Self::Chance(match error {
            CallError::Gone => Failure::new(ErrorCode::BrowserCrashed, "the browser crashed"),
            CallError::Refused(..) => Failure::new(ErrorCode::RendererCrashed, error.to_string()),
        })
    }
}

/// A browser that does not even open a page has hung: it is replaced.
pub(super) fn hung(browser: &Browser) -> NotRendered {
    browser.retire();
    NotRendered::Chance(Failure::new(ErrorCode::BrowserCrashed, "the browser hung"))
}

/// The page's process is gone. Its browser may have been harmed, and is replaced.
pub(super) fn crashed(browser: &Browser) -> NotRendered {
    browser.retire();
    NotRendered::Chance(Failure::new(ErrorCode::RendererCrashed, "the page crashed its renderer"))
}

/// Translates what a browser says when it cannot reach a page.
pub(super) fn unreachable(net_error: &str, origin: &str) -> NotRendered {
    let error = net_error.strip_prefix("net::").unwrap_or(net_error);
    let (code, why) = match error {
        "ERR_TIMED_OUT" | "ERR_CONNECTION_TIMED_OUT" => (ErrorCode::NavigationTimeout, "Timeout: it did not answer"),
        "ERR_DNS_TIMED_OUT" => (ErrorCode::DnsTimeout, "Timeout: its name could not be resolved in time"),
        "ERR_NAME_NOT_RESOLVED" => (ErrorCode::NavigationFailed, "its name is unknown"),
        "ERR_UNSAFE_PORT" => (ErrorCode::UrlBlocked, "browsers do not talk to this port"),
        "ERR_BLOCKED_BY_CLIENT" | "ERR_BLOCKED_BY_ADMINISTRATOR" => (ErrorCode::UrlBlocked, "it is blocked"),
        "ERR_TOO_MANY_REDIRECTS" => (ErrorCode::NavigationFailed, "it redirects in a circle"),
        "ERR_ABORTED" => (ErrorCode::NavigationFailed, "it answered with a download, or with no page"),
        _ if is_tls(error) => (ErrorCode::TlsError, "no secure connection could be established"),
        _ => (ErrorCode::NavigationFailed, "it could not be reached"),
    };
    NotRendered::fail(code, format!("{origin}: {why} ({error})"))
}

fn is_tls(error: &str) -> bool {
    ["ERR_CERT", "ERR_SSL", "ERR_TLS", "ERR_BAD_SSL", "ERR_ECH"].iter().any(|prefix| error.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use domain::job::ErrorCode;

    use super::{NotRendered, unreachable};

    #[test]
    fn net_errors_become_codes_of_the_wire() {
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
            let NotRendered::Final(failure) = unreachable(error, "https://example.com") else { panic!("{error}") };

            assert_eq!(failure.code, code, "{error}");
            assert!(failure.message.contains("https://example.com"), "{error}");
            assert_eq!(failure.message.contains("Timeout"), error.contains("TIMED_OUT"), "{error}");
        }
    }
}
