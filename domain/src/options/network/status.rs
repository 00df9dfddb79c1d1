//! Ranges of HTTP statuses.

use serde::{Deserialize, Serialize};

/// HTTP statuses from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRange(u16, u16);

/// The string is not a range of HTTP statuses.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a status such as `404` or a range such as `400-599`, between 100 and 599")]
pub struct InvalidStatus;

impl StatusRange {
    /// Parses a status, a range, or a class such as `4xx`.
    pub fn parse(raw: &str) -> Result<Self, InvalidStatus> {
        let status = |raw: &str| match raw.trim().as_bytes() {
            digits @ [b'1'..=b'5', _, _] if digits.iter().all(u8::is_ascii_digit) => raw.trim().parse::<u16>().ok(),
            _ => None,
        };
        let raw = raw.trim();
        let class = raw.to_ascii_lowercase().strip_suffix("xx").and_then(|class| class.parse::<u16>().ok());
        let range = match (class, raw.split_once('-')) {
            (Some(class @ 1..=5), _) => Some((class * 100, class * 100 + 99)),
            (Some(_), _) => None,
            (None, Some((first, last))) => status(first).zip(status(last)),
            (None, None) => status(raw).map(|status| (status, status)),
        };
        range.filter(|(first, last)| first <= last).map(|(first, last)| Self(first, last)).ok_or(InvalidStatus)
    }

    /// Whether a status is in the range.
    pub fn contains(self, status: u16) -> bool {
        (self.0..=self.1).contains(&status)
    }
}

#[cfg(test)]
mod tests {
    use super::StatusRange;

    #[test]
    fn a_status_a_range_and_a_class_are_ranges() {
        for (raw, inside, outside) in [
            ("404", vec![404], vec![403, 405]),
            ("400-599", vec![400, 599], vec![399]),
            (" 500 - 503 ", vec![500, 503], vec![504]),
            ("4xx", vec![400, 499], vec![399, 500]),
            ("5XX", vec![500, 599], vec![499]),
        ] {
            let range = StatusRange::parse(raw).expect(raw);

            assert!(inside.into_iter().all(|status| range.contains(status)), "{raw}");
            assert!(!outside.into_iter().any(|status| range.contains(status)), "{raw}");
        }
    }

    #[test]
    fn other_strings_are_not_ranges() {
        for raw in ["", "99", "600", "4", "40x", "599-400", "400-", "-400", "400-499-500", "6xx", "+404", "x"] {
            assert!(StatusRange::parse(raw).is_err(), "{raw:?}");
        }
    }
}
