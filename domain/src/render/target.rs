//! The address of a page.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Longest URL accepted, in bytes.
const LONGEST: usize = 8 * 1024;

/// An http(s) URL with a host and no credentials, read once as browsers read it (WHATWG).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TargetUrl(Url);

/// Why what was sent is not the address of a page, and the way out.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// Shorten it, or send the page as `html`.
    #[error("must be at most 8192 bytes long")]
    TooLong,
    /// Write a full address.
    #[error("must be a full URL such as `https://example.com/page`: {0}")]
    Unreadable(String),
    /// Use http or https.
    #[error("must start with `http://` or `https://`")]
    Scheme,
    /// Take the credentials out.
    #[error("must not hold a user name or password")]
    Credentials,
    /// Encode or remove them.
    #[error("must not hold spaces or control characters")]
    Spaces,
}

impl TargetUrl {
    /// Reads a URL. Stricter than a browser: what a browser would strip is refused.
    pub fn parse(raw: &str) -> Result<Self, BadUrl> {
        if raw.len() > LONGEST {
            return Err(BadUrl::TooLong);
        }
        if raw.chars().any(|c| c.is_control() || c == ' ') {
            return Err(BadUrl::Spaces);
        }
        let url = Url::parse(raw).map_err(|error| BadUrl::Unreadable(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BadUrl::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadUrl::Credentials);
        }
        Ok(Self(url))
    }

    /// The URL as browsers write it.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host. An http(s) URL always has one.
    pub fn host(&self) -> Host<&str> {
        self.0.host().unwrap_or(Host::Domain(""))
    }

    /// The port, said or implied.
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or_default()
    }

    /// Scheme, host and port, without what may be secret: the path and the query.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }
}

#[cfg(test)]
mod tests {
    use super::{BadUrl, TargetUrl};

    #[test]
    fn a_page_on_the_web_is_a_target() {
        for raw in ["https://example.com", "http://example.com:8080/a?b=c#d", "HTTPS://EXAMPLE.COM/ü"] {
            assert!(TargetUrl::parse(raw).is_ok(), "{raw}");
        }
    }

    #[test]
    fn what_is_no_page_on_the_web_is_refused_with_its_reason() {
        let refused = |raw: &str| TargetUrl::parse(raw).expect_err(raw);

        assert_eq!(refused("file:///etc/passwd"), BadUrl::Scheme);
        assert_eq!(refused("javascript:alert(1)"), BadUrl::Scheme);
        assert_eq!(refused("http://u:p@host/"), BadUrl::Credentials);
        assert_eq!(refused("http://exa\nmple.com/"), BadUrl::Spaces);
        assert_eq!(refused(" http://example.com/"), BadUrl::Spaces);
        assert_eq!(refused(&format!("http://e.com/{}", "a".repeat(9000))), BadUrl::TooLong);
        assert!(matches!(refused("example.com"), BadUrl::Unreadable(_)));
        assert!(matches!(refused(""), BadUrl::Unreadable(_)));
        assert!(matches!(refused("http://"), BadUrl::Unreadable(_)));
    }

    #[test]
    fn every_spelling_of_an_address_reads_as_that_address() {
        for raw in
            ["http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/", "http://１２７.0.0.1/"]
        {
            let url = TargetUrl::parse(raw).expect(raw);

            assert_eq!(url.host().to_string(), "127.0.0.1", "{raw}");
        }
    }
}
