//! Device presets: a viewport with what belongs to it.

use serde::{Deserialize, Serialize};

use crate::options::viewport::Viewport;

/// A device preset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Device {
    /// 1920 × 1080.
    Desktop,
    /// 1440 × 900.
    Laptop,
    /// 820 × 1180 at a scale of 2, with a touch screen.
    Tablet,
    /// 390 × 844 at a scale of 3, with a touch screen and the browser of a phone.
    Mobile,
}

impl Device {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The window in which the page is laid out.
    pub fn viewport(self) -> Viewport {
        let (width, height, device_scale_factor) = match self {
            Self::Desktop => (1920, 1080, 1.0),
            Self::Laptop => (1440, 900, 1.0),
            Self::Tablet => (820, 1180, 2.0),
            Self::Mobile => (390, 844, 3.0),
        };
        Viewport { width, height, device_scale_factor }
    }

    /// Whether it has a touch screen and obeys the page's `<meta name="viewport">`.
    pub fn is_mobile(self) -> bool {
        matches!(self, Self::Tablet | Self::Mobile)
    }

    /// The platform in its `User-Agent` header; `None` if it is that of the browser.
    pub fn platform(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Desktop | Self::Laptop => None,
            Self::Tablet => Some(("Linux; Android 10; K", "")),
            Self::Mobile => Some(("Linux; Android 10; K", "Mobile ")),
        }
    }
}
