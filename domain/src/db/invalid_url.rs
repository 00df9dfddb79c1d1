//! What can be wrong with a `DATABASE_URL`, and the way out.

use url::ParseError;

/// Why a `DATABASE_URL` cannot be used. Correct it; no message contains a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// Set it.
    #[error("the database URL is empty: set it to postgres://user:password@host/database")]
    Empty,
    /// Write it as a URL.
    #[error("the database URL has no scheme: it must look like postgres://user:password@host/database")]
    NoScheme,
    /// Use Postgres.
    #[error("the database URL has the scheme `{0}`: only postgres:// and postgresql:// are supported")]
    Scheme(String),
    /// Encode the password.
    #[error(
        "the database URL cannot be read: if its password contains one of @ : / ? # [ ] %, replace each by its percent-encoding (@ is %40, : is %3A, / is %2F, ? is %3F, # is %23, % is %25)"
    )]
    Unencoded,
    /// Correct what the message names.
    #[error("the database URL cannot be read: {0}")]
    Malformed(ParseError),
    /// Name one host.
    #[error("the database URL names several hosts: name one address that leads to the primary")]
    Hosts,
    /// Remove the zero.
    #[error("the database URL contains %00, which no name or password may contain")]
    Nul,
    /// Correct the name, or remove the parameter.
    #[error("the parameter `{0}` of the database URL is not known{1}")]
    Parameter(String, String),
    /// Use another value.
    #[error("the parameter `{0}` of the database URL must be {1}")]
    Value(&'static str, String),
    /// Make the file readable.
    #[error("the file that `{0}` of the database URL names cannot be read: {1}")]
    File(&'static str, String),
}
