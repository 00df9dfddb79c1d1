//! The viewport in which a page is laid out.

use domain::options;
use poem_openapi::Object;

/// The viewport options of a request.
#[derive(Debug, Clone, Default, Object)]
pub(crate) struct ViewportOptions {
    /// The viewport in which the page is laid out.
    #[oai(default)]
    pub(crate) viewport: Viewport,
}

/// A viewport, in CSS pixels.
#[derive(Debug, Clone, Object)]
pub(crate) struct Viewport {
    /// Width.
    #[oai(default = "Viewport::default_width", validator(minimum(value = "1"), maximum(value = "3840")))]
    pub(crate) width: u32,
    /// Height.
    #[oai(default = "Viewport::default_height", validator(minimum(value = "1"), maximum(value = "2160")))]
    pub(crate) height: u32,
    /// Device pixels per CSS pixel.
    #[oai(default = "Viewport::default_scale", validator(minimum(value = "0.5"), maximum(value = "3.0")))]
    pub(crate) device_scale_factor: f64,
}

impl Default for Viewport {
    fn default() -> Self {
        Self {
            width: Self::default_width(),
            height: Self::default_height(),
            device_scale_factor: Self::default_scale(),
        }
    }
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

impl From<ViewportOptions> for options::Viewport {
    fn from(ViewportOptions { viewport }: ViewportOptions) -> Self {
        let Viewport { width, height, device_scale_factor } = viewport;
        Self { width, height, device_scale_factor }
    }
}
