//! The viewport: the window in which the page is laid out.

use serde::{Deserialize, Serialize};

/// A window, in CSS pixels: 1280 × 720 by default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Viewport {
    /// 1 to 3840.
    pub width: u32,
    /// 1 to 2160.
    pub height: u32,
    /// Device pixels per CSS pixel, 0.5 to 3.0.
    pub device_scale_factor: f64,
}

impl Default for Viewport {
    fn default() -> Self {
        Self { width: 1280, height: 720, device_scale_factor: 1.0 }
    }
}
