//! Headers that a customer sends to the page.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::invalid::InvalidSecret;

/// The longest name of a header, in bytes.
pub const MAX_HEADER_NAME_BYTES: usize = 256;

/// The longest value of a header, in bytes.
pub const MAX_HEADER_VALUE_BYTES: usize = 2048;

/// The longest name that an error repeats.
const MAX_ECHO: usize = 64;

/// One request header.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The name, in the case in which it was sent.
    pub name: String,
    /// The value.
    #[serde(serialize_with = "super::text::expose")]
    pub value: SecretString,
}

impl Header {
    pub(super) fn validate(&self) -> Option<InvalidSecret> {
        let problem = invalid_name(&self.name).or_else(|| invalid_value(self.value.expose_secret()))?;
        Some(InvalidSecret::new(self.field(), problem))
    }

    /// The path of the header. A name that is long or not a name is not repeated.
    pub(super) fn field(&self) -> String {
        if is_token(&self.name) && self.name.len() <= MAX_ECHO {
            format!("headers.{}", self.name)
        } else {
            "headers".to_owned()
        }
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Header(..)")
    }
}

fn invalid_name(name: &str) -> Option<&'static str> {
    if !is_token(name) {
        return Some("the name of a header consists of letters, digits and any of !#$%&'*+-.^_`|~");
    }
    if name.len() > MAX_HEADER_NAME_BYTES {
        return Some("the name of a header must be at most 256 bytes long");
    }
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "host" => Some("cannot be set: it is the host of `url`"),
        "cookie" | "cookie2" | "set-cookie" => Some("cannot be set: use `cookies`"),
        "content-length" | "transfer-encoding" | "connection" | "keep-alive" | "te" | "trailer" | "upgrade"
        | "http2-settings" | "expect" => Some("cannot be set: it belongs to the connection, not to the request"),
        _ if name.starts_with("proxy-") => Some("cannot be set: it belongs to the connection, not to the request"),
        _ if name.starts_with("sec-") => Some("cannot be set: the browser sets it"),
        _ if is_of_metadata_service(&name) => Some("cannot be set: it gives access to the metadata of cloud servers"),
        _ => None,
    }
}

fn invalid_value(value: &str) -> Option<&'static str> {
    if value.len() > MAX_HEADER_VALUE_BYTES {
        return Some("must be at most 2048 bytes long");
    }
    // HTTP allows a tab within a value.
    if value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
        return Some("must not contain line breaks or other control characters");
    }
    // Browsers and servers disagree about the encoding of anything else.
    (!value.is_ascii()).then_some("must consist of ASCII characters: encode others, for example by percent-encoding")
}

/// Whether a name is a token of RFC 9110.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Whether the metadata service of a cloud requires this header as a proof that the request is
/// not forged: AWS, Google, Azure, IBM, Alibaba.
fn is_of_metadata_service(name: &str) -> bool {
    matches!(name, "metadata" | "metadata-flavor" | "x-google-metadata-request" | "x-metadata-token")
        || name.starts_with("x-aws-ec2-metadata-token")
        || name.starts_with("x-aliyun-ecs-metadata-token")
}

#[cfg(test)]
mod tests {
    use super::{Header, InvalidSecret};

    fn error(name: &str, value: &str) -> Option<InvalidSecret> {
        Header { name: name.to_owned(), value: value.into() }.validate()
    }

    #[test]
    fn headers_that_people_send_are_valid() {
        let longest = "v".repeat(2048);
        for (name, value) in [
            ("Authorization", "Bearer eyJhbGciOi.e30.sig"),
            ("X-Api-Key", "a\tb c"),
            ("x-forwarded-for", "203.0.113.7"),
            ("Accept-Language", "de, en;q=0.8"),
            ("X-Empty", ""),
            ("Referer", "https://example.com/?a=b"),
            ("X-Long", longest.as_str()),
        ] {
            assert_eq!(error(name, value), None, "{name}");
        }
    }

    #[test]
    fn headers_of_the_browser_the_connection_and_metadata_services_are_rejected_in_any_case() {
        for name in [
            "Host",
            "HOST",
            "Cookie",
            "cookie",
            "Set-Cookie",
            "Content-Length",
            "Transfer-Encoding",
            "transfer-encoding",
            "Connection",
            "Keep-Alive",
            "TE",
            "Trailer",
            "Upgrade",
            "Expect",
            "Proxy-Authorization",
            "proxy-connection",
            "Sec-Fetch-Site",
            "sec-ch-ua",
            "Metadata-Flavor",
            "metadata",
            "X-Google-Metadata-Request",
            "X-aws-ec2-metadata-token",
            "X-aws-ec2-metadata-token-ttl-seconds",
            "X-aliyun-ecs-metadata-token",
        ] {
            let error = error(name, "1").expect(name);

            assert_eq!(error.field, format!("headers.{name}"));
            assert!(error.message.starts_with("cannot be set"), "{name}: {error}");
        }
    }

    #[test]
    fn names_that_are_not_names_are_rejected_and_not_repeated() {
        let long = "x".repeat(257);
        for name in ["", "a b", "a:b", "a\r\nb", "schl\u{fc}ssel", ":path", "a\0", "(x)", long.as_str()] {
            let error = error(name, "1").expect(name);

            assert_eq!(error.field, "headers");
        }
    }

    #[test]
    fn values_that_would_break_the_request_are_rejected_and_not_repeated() {
        let long = "canary".repeat(500);
        for value in ["canary\r\nX-Other: 1", "canary\n", "canary\0", "canary\u{7f}", "canar\u{fc}", long.as_str()] {
            let error = error("X-Token", value).expect("an invalid value");

            assert_eq!(error.field, "headers.X-Token");
            assert!(!format!("{error:?} {error}").contains("canar"), "{error:?}");
        }
    }
}
