//! Error codes: why a job failed, for programs.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgTypeInfo, PgValueRef};
use sqlx::{Decode, Postgres, Type};

/// Why a job failed, for programs. Clients depend on every name.
#[derive(Debug, Clone, PartialEq, Eq, strum::EnumIter, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are the wire's own")]
pub enum ErrorCode {
    NavigationFailed,
    NavigationTimeout,
    WaitTimeout,
    CaptureTimeout,
    TlsError,
    DnsTimeout,
    UrlBlocked,
    StatusRefused,
    SelectorInvalid,
    SelectorNotFound,
    ClipOutsidePage,
    ScriptError,
    PageTooTall,
    PdfTooLarge,
    ResultTooLarge,
    RendererCrashed,
    BrowserCrashed,
    SecretsUnavailable,
    WorkerLost,
    QueueTimeout,
    Cancelled,
    /// A code that a later version wrote.
    #[strum(disabled)]
    Other(String),
}

impl ErrorCode {
    /// Parses a stored name.
    pub fn parse(name: &str) -> Self {
        <Self as FromStr>::from_str(name).unwrap_or_else(|_unknown| Self::Other(name.to_owned()))
    }

    /// The names of all codes of this version.
    pub fn names() -> impl Iterator<Item = &'static str> {
        <Self as strum::IntoEnumIterator>::iter().map(Into::into)
    }

    /// The name on the wire and in the database.
    pub fn name(&self) -> &str {
        if let Self::Other(name) = self { name } else { self.into() }
    }

    /// Whether a time limit was exceeded.
    pub(super) fn is_timeout(&self) -> bool {
        match self {
            Self::NavigationTimeout
            | Self::WaitTimeout
            | Self::CaptureTimeout
            | Self::DnsTimeout
            | Self::QueueTimeout => true,
            Self::NavigationFailed
            | Self::TlsError
            | Self::UrlBlocked
            | Self::StatusRefused
            | Self::SelectorInvalid
            | Self::SelectorNotFound
            | Self::ClipOutsidePage
            | Self::ScriptError
            | Self::PageTooTall
            | Self::PdfTooLarge
            | Self::ResultTooLarge
            | Self::RendererCrashed
            | Self::BrowserCrashed
            | Self::SecretsUnavailable
            | Self::WorkerLost
            | Self::Cancelled
            | Self::Other(_) => false,
        }
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|name| Self::parse(&name))
    }
}

impl Type<Postgres> for ErrorCode {
    fn type_info() -> PgTypeInfo {
        <str as Type<Postgres>>::type_info()
    }

    fn compatible(column: &PgTypeInfo) -> bool {
        <str as Type<Postgres>>::compatible(column)
    }
}

impl<'r> Decode<'r, Postgres> for ErrorCode {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        <&str as Decode<Postgres>>::decode(value).map(Self::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;

    #[test]
    fn a_code_is_parsed_from_its_name() {
        for code in [ErrorCode::NavigationFailed, ErrorCode::TlsError, ErrorCode::PdfTooLarge, ErrorCode::Cancelled] {
            assert_eq!(ErrorCode::parse(code.name()), code);
        }
        assert_eq!(ErrorCode::QueueTimeout.name(), "QUEUE_TIMEOUT");
    }

    #[test]
    fn a_code_of_a_later_version_keeps_its_name() {
        let code = ErrorCode::parse("PAGE_TOO_BORING");

        assert_eq!(code, ErrorCode::Other("PAGE_TOO_BORING".to_owned()));
        assert_eq!(code.name(), "PAGE_TOO_BORING");
    }
}
