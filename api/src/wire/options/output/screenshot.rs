//! The output options of a screenshot.

use domain::options;
use poem_openapi::{Enum, Object};

/// The output options of a screenshot.
#[derive(Debug, Clone, Object)]
pub(crate) struct ScreenshotOutput {
    /// The image format.
    #[oai(default)]
    pub(crate) format: ImageFormat,
    /// The quality of a JPEG or WebP image. Ignored for PNG.
    #[oai(default = "ScreenshotOutput::default_quality", validator(minimum(value = "1"), maximum(value = "100")))]
    pub(crate) quality: u8,
    /// Capture the full height of the page instead of the viewport.
    #[oai(default)]
    pub(crate) full_page: bool,
}

/// An image format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum ImageFormat {
    /// Lossless.
    #[default]
    Png,
    /// Lossy, see `quality`.
    Jpeg,
    /// The same as `jpeg`.
    Jpg,
    /// Lossy, see `quality`. Smaller than JPEG. At most 16383 pixels tall.
    Webp,
}

impl Default for ScreenshotOutput {
    fn default() -> Self {
        Self { format: ImageFormat::default(), quality: Self::default_quality(), full_page: false }
    }
}

impl ScreenshotOutput {
    fn default_quality() -> u8 {
        85
    }
}

impl From<ScreenshotOutput> for options::Output {
    fn from(output: ScreenshotOutput) -> Self {
        let quality = output.quality;
        let format = match output.format {
            ImageFormat::Png => options::ImageFormat::Png,
            ImageFormat::Jpeg | ImageFormat::Jpg => options::ImageFormat::Jpeg { quality },
            ImageFormat::Webp => options::ImageFormat::Webp { quality },
        };
        let area = if output.full_page { options::Area::FullPage } else { options::Area::Viewport };
        Self::Screenshot(options::Screenshot { format, area })
    }
}
