//! The target: which page is rendered.

use serde::{Deserialize, Serialize};
use url::{Host, ParseError, Url};

/// The page of a new job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The browser navigates to it.
    Url(TargetUrl),
    /// The document itself.
    Html(String),
}

/// The longest URL, in bytes.
const MAX_URL_BYTES: usize = 8 * 1024;

/// An http(s) URL with a host and without credentials, parsed once as browsers parse it
/// (WHATWG URL Standard).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TargetUrl(Url);

/// Why a string is not the URL of a page.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// Shorten it, or send the page as `html`.
    #[error("must be at most 8192 bytes long")]
    TooLong,
    /// Send a full URL.
    #[error("must be a full URL such as `https://example.com/page`: {0}")]
    Unreadable(&'static str),
    /// Use http or https.
    #[error("must start with `http://` or `https://`")]
    Scheme,
    /// Remove the credentials.
    #[error("must not contain a user name or password")]
    Credentials,
    /// Encode or remove them.
    #[error("must not contain spaces or control characters")]
    Spaces,
}

impl TargetUrl {
    /// Parses a URL. Stricter than a browser: characters that a browser strips are an error.
    pub fn parse(raw: &str) -> Result<Self, InvalidUrl> {
        if raw.len() > MAX_URL_BYTES {
            return Err(InvalidUrl::TooLong);
        }
        if raw.chars().any(|c| c.is_control() || c == ' ') {
            return Err(InvalidUrl::Spaces);
        }
        let url = Url::parse(raw).map_err(|error| InvalidUrl::Unreadable(reason(raw, error)))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidUrl::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidUrl::Credentials);
        }
        Ok(Self(url))
    }

    /// The URL in its normal form.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host. An http(s) URL always has one.
    pub fn host(&self) -> Host<&str> {
        self.0.host().unwrap_or(Host::Domain(""))
    }

    /// The port, explicit or implied by the scheme.
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or_default()
    }

    /// Scheme, host and port: the URL without path and query, which may be secret.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }
}

/// The reason why a string is not a URL, and the way out.
fn reason(raw: &str, error: ParseError) -> &'static str {
    match error {
        ParseError::RelativeUrlWithoutBase if raw.contains('.') && !raw.starts_with(['/', '.']) => "add `https://`",
        ParseError::RelativeUrlWithoutBase => "it has no scheme and no host",
        ParseError::EmptyHost => "it has no host",
        ParseError::InvalidPort => "its port is not a number from 0 to 65535",
        ParseError::InvalidIpv4Address | ParseError::InvalidIpv6Address => "its host is not a valid IP address",
        ParseError::IdnaError
        | ParseError::InvalidDomainCharacter
        | ParseError::RelativeUrlWithCannotBeABaseBase
        | ParseError::SetHostOnCannotBeABaseUrl
        | ParseError::Overflow
        | _ => "its host is not a valid name",
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidUrl, TargetUrl};

    #[test]
    fn http_and_https_urls_are_targets() {
        for raw in ["https://example.com", "http://example.com:8080/a?b=c#d", "HTTPS://EXAMPLE.COM/ü"] {
            assert!(TargetUrl::parse(raw).is_ok(), "{raw}");
        }
    }

    #[test]
    fn other_urls_are_rejected_with_a_reason() {
        let error = |raw: &str| TargetUrl::parse(raw).expect_err(raw);

        assert_eq!(error("file:///etc/passwd"), InvalidUrl::Scheme);
        assert_eq!(error("javascript:alert(1)"), InvalidUrl::Scheme);
        assert_eq!(error("http://u:p@host/"), InvalidUrl::Credentials);
        assert_eq!(error("http://exa\nmple.com/"), InvalidUrl::Spaces);
        assert_eq!(error(" http://example.com/"), InvalidUrl::Spaces);
        assert_eq!(error(&format!("http://e.com/{}", "a".repeat(9000))), InvalidUrl::TooLong);
        assert_eq!(error("example.com"), InvalidUrl::Unreadable("add `https://`"));
        assert_eq!(error("http://a:99999/"), InvalidUrl::Unreadable("its port is not a number from 0 to 65535"));
        assert_eq!(error("http://[::1"), InvalidUrl::Unreadable("its host is not a valid IP address"));
        assert!(matches!(error(""), InvalidUrl::Unreadable(_)));
        assert!(matches!(error("http://"), InvalidUrl::Unreadable(_)));
    }

    #[test]
    fn every_spelling_of_an_address_parses_as_that_address() {
        for raw in
            ["http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/", "http://１２７.0.0.1/"]
        {
            let url = TargetUrl::parse(raw).expect(raw);

            assert_eq!(url.host().to_string(), "127.0.0.1", "{raw}");
        }
    }
}
