//! Emulation: which user and device the page sees.

use serde::{Deserialize, Serialize};

/// Which user and device the page sees.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Emulation {
    /// Whether the page sees `prefers-color-scheme: dark`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dark_mode: bool,
    /// Whether the page sees `prefers-reduced-motion: reduce`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reduced_motion: bool,
}
