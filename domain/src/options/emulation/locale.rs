//! The language and the time zone of the user.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// A language, as BCP 47 writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Locale(String);

/// The string is not a BCP 47 language tag.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a BCP 47 language tag such as `de-DE`, `en-US` or `zh-Hant-TW`")]
pub struct InvalidLocale;

/// A time zone of the IANA database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeZone(String);

/// The string is not a time zone of the IANA database.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a time zone of the IANA database such as `Europe/Berlin` or `UTC`")]
pub struct InvalidTimeZone;

impl Locale {
    /// Parses a tag, and normalizes its case.
    pub fn parse(raw: &str) -> Result<Self, InvalidLocale> {
        // The parser also accepts the underscores of POSIX, which browsers do not.
        let is_tag = raw.len() <= 64 && !raw.contains('_') && !raw.to_ascii_lowercase().starts_with("und");
        let locale = if is_tag { icu_locale_core::Locale::try_from_str(raw).ok() } else { None };
        locale.map(|locale| Self(locale.to_string())).ok_or(InvalidLocale)
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value of the `Accept-Language` header: the tag, and its language alone.
    pub fn accept_language(&self) -> String {
        match self.0.split_once('-') {
            Some((language, _)) => format!("{},{language}", self.0),
            None => self.0.clone(),
        }
    }
}

impl TimeZone {
    /// Parses a name of the database.
    pub fn parse(raw: &str) -> Result<Self, InvalidTimeZone> {
        raw.parse::<Tz>().map(|zone| Self(zone.name().to_owned())).map_err(|_unknown| InvalidTimeZone)
    }

    /// Returns the name that differs from `raw` in its case alone.
    pub fn nearest(raw: &str) -> Option<&'static str> {
        chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).find(|name| name.eq_ignore_ascii_case(raw))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Locale, TimeZone};

    #[test]
    fn a_language_tag_is_normalized() {
        for (raw, tag, header) in [
            ("de", "de", "de"),
            ("de-de", "de-DE", "de-DE,de"),
            ("ZH-hant-tw", "zh-Hant-TW", "zh-Hant-TW,zh"),
            ("en-US-u-ca-buddhist", "en-US-u-ca-buddhist", "en-US-u-ca-buddhist,en"),
        ] {
            let locale = Locale::parse(raw).expect(raw);

            assert_eq!((locale.as_str(), locale.accept_language().as_str()), (tag, header));
        }
    }

    #[test]
    fn other_strings_are_not_language_tags() {
        let long = "a".repeat(1000);
        for raw in ["", "xx_YY!", "de_DE", "e", "english language", "de-", "und", "*", &long, "de\n"] {
            assert!(Locale::parse(raw).is_err(), "{raw:?}");
        }
    }

    #[test]
    fn a_time_zone_is_one_of_the_iana_database() {
        for raw in ["Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5"] {
            assert_eq!(TimeZone::parse(raw).expect(raw).as_str(), raw);
        }
        for raw in ["", "Mars/Olympus", "europe/berlin", "+02:00", "Europe/Berlin "] {
            assert!(TimeZone::parse(raw).is_err(), "{raw:?}");
        }
        assert_eq!(TimeZone::nearest("europe/berlin"), Some("Europe/Berlin"));
    }
}
