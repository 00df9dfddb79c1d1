//! What can be wrong with a render, sorted by what to do with its job.

use domain::egress::{Refused, Unreached};
use domain::job::{Blocked, ErrorCode, Failure, Timings};

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

    /// A failure that may not.
    pub(crate) fn chance(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Chance(Failure::new(code, message))
    }

    /// Adds what the render tells of itself.
    pub(super) fn telling(self, timings: Timings, blocked: Blocked) -> Self {
        let tell = |failure| Failure { timings: Some(timings), blocked, ..failure };
        match self {
            Self::Final(failure) => Self::Final(tell(failure)),
            Self::Chance(failure) => Self::Chance(tell(failure)),
            Self::Untouched => Self::Untouched,
        }
    }

    /// Whether the browser may have been harmed: it is given no other job then.
    pub(crate) fn harms(&self) -> bool {
        match self {
            Self::Final(Failure { code, .. }) | Self::Chance(Failure { code, .. }) => {
                matches!(code, ErrorCode::CaptureTimeout | ErrorCode::RendererCrashed | ErrorCode::BrowserCrashed)
            }
            Self::Untouched => true,
        }
    }
}

impl From<CallError> for NotRendered {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Gone => Self::chance(ErrorCode::BrowserCrashed, "the browser crashed"),
            CallError::Crashed => crashed(),
            CallError::TooLarge => super::checked::too_large(),
            CallError::Late(_) => hung(),
            CallError::Refused(..) => Self::chance(ErrorCode::RendererCrashed, error.to_string()),
        }
    }
}

/// A browser that does not even open a page has hung.
pub(super) fn hung() -> NotRendered {
    NotRendered::chance(ErrorCode::BrowserCrashed, "the browser hung")
}

/// There is nothing left to take a picture of.
pub(super) fn closed() -> NotRendered {
    NotRendered::fail(ErrorCode::NavigationFailed, "the page closed itself")
}

/// The page's process is gone.
pub(super) fn crashed() -> NotRendered {
    NotRendered::chance(ErrorCode::RendererCrashed, "the page crashed its renderer")
}

/// The page took more memory than a browser may.
pub(crate) fn overgrown(mebibytes: u64) -> NotRendered {
    NotRendered::fail(ErrorCode::RendererCrashed, format!("the page took more than {mebibytes} MiB of memory"))
}

/// Translates what the wall says of a host.
pub(super) fn unreached(why: Unreached, origin: &str) -> NotRendered {
    let fail = |code, what: &str| NotRendered::fail(code, format!("{origin}: {what}"));
    let chance = |code, what: &str| NotRendered::chance(code, format!("{origin}: {what}"));
    match why {
        Unreached::Denied(refused) => denied(refused),
        Unreached::NoSuchName => fail(ErrorCode::NavigationFailed, "its name is unknown"),
        Unreached::DnsTimeout => chance(ErrorCode::DnsTimeout, "Timeout: its name was not resolved in time"),
        Unreached::DnsFailed => chance(ErrorCode::DnsTimeout, "Timeout: its name could not be resolved just now"),
        Unreached::Refused => fail(ErrorCode::NavigationFailed, "it refused the connection"),
        Unreached::Unreachable => fail(ErrorCode::NavigationFailed, "it could not be reached"),
        Unreached::Timeout => fail(ErrorCode::NavigationTimeout, "Timeout: it did not accept the connection in time"),
    }
}

/// What leads into private networks is not rendered, and the way out is the operator's.
pub(super) fn denied(refused: Refused) -> NotRendered {
    let message = format!("{refused}; whoever runs this service may allow it with TINTYPE_EGRESS_ALLOW");
    NotRendered::fail(ErrorCode::UrlBlocked, message)
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
