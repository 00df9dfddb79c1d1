//! The credentials of HTTP authentication.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::invalid::InvalidSecret;
use super::text::has_control;

/// The longest user name and the longest password, in bytes.
pub const MAX_CREDENTIAL_BYTES: usize = 1024;

/// The credentials that respond to a 401 of the target.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasicAuth {
    /// The user name.
    #[serde(serialize_with = "super::text::expose")]
    pub username: SecretString,
    /// The password. It may be empty: some services expect a token as the user name.
    #[serde(serialize_with = "super::text::expose")]
    pub password: SecretString,
}

impl BasicAuth {
    pub(super) fn validate(&self) -> impl Iterator<Item = InvalidSecret> + use<> {
        let Self { username, password } = self;
        let username = match username.expose_secret() {
            "" => Some("must not be empty"),
            username if username.contains(':') => Some("must not contain a colon: it separates user name and password"),
            username => invalid(username),
        };
        [("username", username), ("password", invalid(password.expose_secret()))].into_iter().filter_map(
            |(field, problem)| problem.map(|problem| InvalidSecret::new(format!("basic_auth.{field}"), problem)),
        )
    }
}

impl fmt::Debug for BasicAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BasicAuth(..)")
    }
}

fn invalid(text: &str) -> Option<&'static str> {
    if text.len() > MAX_CREDENTIAL_BYTES {
        Some("must be at most 1024 bytes long")
    } else if has_control(text) {
        Some("must not contain line breaks or other control characters")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::BasicAuth;

    fn fields(username: &str, password: &str) -> Vec<String> {
        let auth = BasicAuth { username: username.into(), password: password.into() };
        auth.validate().map(|error| error.field).collect()
    }

    #[test]
    fn credentials_that_http_can_express_are_valid() {
        for (username, password) in [("user", "pass"), ("sk_test_123", ""), ("j\u{fc}rgen", "a:b c=\u{1f600}")] {
            assert!(fields(username, password).is_empty(), "{username}");
        }
    }

    #[test]
    fn credentials_that_http_cannot_express_are_rejected() {
        let long = "u".repeat(4096);
        for username in ["", "a:b", "a\r\nb", "a\nb", "a\0", long.as_str()] {
            assert_eq!(fields(username, "p"), ["basic_auth.username"], "{username:?}");
        }
        for password in ["a\r\nb", "a\0", "\u{7f}", long.as_str()] {
            assert_eq!(fields("u", password), ["basic_auth.password"], "{password:?}");
        }
    }
}
