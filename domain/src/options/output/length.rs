//! Lengths on paper, in CSS units.

use serde::{Deserialize, Serialize};

/// A length on paper, stored in inches, the unit of Chromium's print options.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Length(f64);

/// The string is not a length on paper.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a CSS length of 0 to 200in such as `1cm`, `10mm`, `0.5in`, `12px` or `36pt`")]
pub struct InvalidLength;

/// The longest length: 200 inches is the largest page that PDF readers support.
const MAX_INCHES: f64 = 200.0;

impl Length {
    /// One centimetre.
    pub const CENTIMETRE: Self = Self(1.0 / 2.54);

    /// Parses a CSS length; `0` needs no unit. One inch is 96 px, 72 pt, 2.54 cm or 25.4 mm
    /// (CSS Values and Units, absolute lengths).
    pub fn parse(raw: &str) -> Result<Self, InvalidLength> {
        let raw = raw.trim();
        let split = raw.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(raw.len());
        let (number, unit) = raw.split_at_checked(split).ok_or(InvalidLength)?;
        let number: f64 = number.parse().map_err(|_| InvalidLength)?;
        let per_inch = match unit.trim_start().to_ascii_lowercase().as_str() {
            "px" => 96.0,
            "pt" => 72.0,
            "in" => 1.0,
            "cm" => 2.54,
            "mm" => 25.4,
            "" if number == 0.0 => 1.0,
            _ => return Err(InvalidLength),
        };
        let inches = number / per_inch;
        (0.0..=MAX_INCHES).contains(&inches).then_some(Self(inches)).ok_or(InvalidLength)
    }

    /// The length in inches.
    pub fn inches(self) -> f64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidLength, Length};

    #[test]
    fn every_unit_converts_to_inches() {
        for raw in ["96px", "72pt", "1in", "2.54cm", "25.4mm", " 96 PX "] {
            let length = Length::parse(raw).expect(raw);

            assert!((length.inches() - 1.0).abs() < 1e-9, "{raw}");
        }
        assert_eq!(Length::parse("0").expect("0").inches().to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn strings_that_are_not_a_length_on_paper_are_rejected() {
        for raw in ["", "1", "cm", "-1cm", "1e9in", "201in", "1em", "8.5in;rm", "1.2.3cm", "NaNpx", "１cm"] {
            assert_eq!(Length::parse(raw), Err(InvalidLength), "{raw}");
        }
    }
}
