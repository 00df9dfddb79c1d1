//! The viewport in which a page is laid out.

use domain::options::{self, Device};
use poem_openapi::{Enum, Object};

use crate::wire::context::ParseContext;

/// The viewport options of a request.
#[derive(Debug, Clone, Default, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ViewportOptions {
    /// The viewport in which the page is laid out. 1280 × 720 at a scale of 1 by default.
    pub(crate) viewport: Option<Viewport>,
    /// A device preset instead of `viewport`.
    pub(crate) device: Option<DevicePreset>,
}

/// A viewport, in CSS pixels.
#[derive(Debug, Clone, Object)]
pub(crate) struct Viewport {
    /// Width in CSS pixels.
    #[oai(default = "Viewport::default_width", validator(minimum(value = "1"), maximum(value = "3840")))]
    pub(crate) width: u32,
    /// Height in CSS pixels.
    #[oai(default = "Viewport::default_height", validator(minimum(value = "1"), maximum(value = "2160")))]
    pub(crate) height: u32,
    /// Device pixels per CSS pixel.
    #[oai(default = "Viewport::default_scale", validator(minimum(value = "0.5"), maximum(value = "3.0")))]
    pub(crate) device_scale_factor: f64,
}

/// A device preset: a viewport, a scale, and whether there is a touch screen.
///
/// * `desktop`: 1920 × 1080 at a scale of 1.
/// * `laptop`: 1440 × 900 at a scale of 1.
/// * `tablet`: 820 × 1180 at a scale of 2, with a touch screen and the browser of a tablet.
/// * `mobile`: 390 × 844 at a scale of 3, with a touch screen and the browser of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum DevicePreset {
    /// 1920 × 1080 at a scale of 1.
    Desktop,
    /// 1440 × 900 at a scale of 1.
    Laptop,
    /// 820 × 1180 at a scale of 2, with a touch screen and the browser of a tablet.
    Tablet,
    /// 390 × 844 at a scale of 3, with a touch screen and the browser of a phone.
    Mobile,
}

impl Viewport {
    fn default_width() -> u32 {
        options::Viewport::default().width
    }

    fn default_height() -> u32 {
        options::Viewport::default().height
    }

    fn default_scale() -> f64 {
        options::Viewport::default().device_scale_factor
    }
}

impl ViewportOptions {
    /// Returns the viewport, and the device that it comes from.
    pub(crate) fn parse(self, context: &mut ParseContext<'_>) -> (options::Viewport, Option<Device>) {
        let device = self.device.map(Device::from);
        match (self.viewport, device) {
            (Some(_), Some(_)) => {
                context.error("device", "must not be sent together with `viewport`");
                (options::Viewport::default(), None)
            }
            (None, Some(device)) => (device.viewport(), Some(device)),
            (Some(Viewport { width, height, device_scale_factor }), None) => {
                (options::Viewport { width, height, device_scale_factor }, None)
            }
            (None, None) => (options::Viewport::default(), None),
        }
    }
}

impl From<DevicePreset> for Device {
    fn from(preset: DevicePreset) -> Self {
        match preset {
            DevicePreset::Desktop => Self::Desktop,
            DevicePreset::Laptop => Self::Laptop,
            DevicePreset::Tablet => Self::Tablet,
            DevicePreset::Mobile => Self::Mobile,
        }
    }
}
