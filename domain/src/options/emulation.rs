//! Emulation: which user and device the page sees.

mod device;
mod geolocation;
mod locale;

use serde::{Deserialize, Serialize};

pub use device::Device;
pub use geolocation::{Geolocation, InvalidGeolocation};
pub use locale::{InvalidLocale, InvalidTimeZone, Locale, TimeZone};

/// Which user and device the page sees.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Emulation {
    /// The preset that the viewport comes from, with its touch screen and browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
    /// The `User-Agent` header, instead of the browser's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<UserAgent>,
    /// The language of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    /// The time zone of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<TimeZone>,
    /// Where the user is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geolocation: Option<Geolocation>,
    /// The medium of the style sheets, instead of that of the output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<Medium>,
    /// Whether the page sees `prefers-color-scheme: dark`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dark_mode: bool,
    /// Whether the page sees `prefers-reduced-motion: reduce`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reduced_motion: bool,
}

/// A medium of style sheets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of CSS")]
pub enum Medium {
    Screen,
    Print,
}

impl Medium {
    /// The name in CSS and on the wire.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A value of the `User-Agent` header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserAgent(String);

/// The string cannot be sent as a `User-Agent` header.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must consist of 1 to 512 visible ASCII characters and spaces")]
pub struct InvalidUserAgent;

impl UserAgent {
    /// The longest value, in bytes.
    pub const MAX_BYTES: usize = 512;

    /// Parses a value of the wire.
    pub fn parse(raw: &str) -> Result<Self, InvalidUserAgent> {
        let visible = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
        let is_valid = !raw.trim().is_empty() && raw.len() <= Self::MAX_BYTES && raw.bytes().all(visible);
        is_valid.then(|| Self(raw.to_owned())).ok_or(InvalidUserAgent)
    }

    /// The value of the header.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::UserAgent;

    #[test]
    fn a_user_agent_that_cannot_be_a_header_is_rejected() {
        for raw in ["", " ", "a\nb", "a\r\nX-Evil: 1", "M\u{f6}zilla", &"a".repeat(513)] {
            assert!(UserAgent::parse(raw).is_err(), "{raw:?}");
        }
        assert_eq!(UserAgent::parse("Tester/1.0 (x)").expect("a user agent").as_str(), "Tester/1.0 (x)");
    }
}
