//! Where the user is.

use serde::{Deserialize, Serialize};

/// A position on earth (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Geolocation {
    /// In degrees: -90 to 90.
    pub latitude: f64,
    /// In degrees: -180 to 180.
    pub longitude: f64,
    /// In metres: 0 or more.
    pub accuracy: f64,
}

/// A part of the position is out of range. Contains its field and its range.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {1}")]
pub struct InvalidGeolocation(pub &'static str, &'static str);

impl Geolocation {
    /// The accuracy of a position of which nothing is said, in metres.
    pub const DEFAULT_ACCURACY: f64 = 10.0;

    /// Checks a position. Infinities and NaN are out of range.
    pub fn new(latitude: f64, longitude: f64, accuracy: f64) -> Result<Self, InvalidGeolocation> {
        if !(-90.0..=90.0).contains(&latitude) {
            return Err(InvalidGeolocation("latitude", "between -90 and 90"));
        }
        if !(-180.0..=180.0).contains(&longitude) {
            return Err(InvalidGeolocation("longitude", "between -180 and 180"));
        }
        if !(0.0..=1e7).contains(&accuracy) {
            return Err(InvalidGeolocation("accuracy", "between 0 and 10000000"));
        }
        Ok(Self { latitude, longitude, accuracy })
    }
}
