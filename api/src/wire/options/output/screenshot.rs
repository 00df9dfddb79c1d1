//! The output options of a screenshot.

use domain::options;
use poem_openapi::{Enum, Object};

use crate::wire::context::ParseContext;
use crate::wire::options::inject::check_selector;

/// The output options of a screenshot.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ScreenshotOutput {
    /// The image format.
    #[oai(default)]
    pub(crate) format: ImageFormat,
    /// The quality of a JPEG or WebP image. Ignored for PNG.
    #[oai(default = "ScreenshotOutput::default_quality", validator(minimum(value = "1"), maximum(value = "100")))]
    pub(crate) quality: u8,
    /// Capture the whole page, in both directions, instead of the viewport.
    #[oai(default)]
    pub(crate) full_page: bool,
    /// Capture only the first element that matches this CSS selector, at most 1024 characters. Not
    /// together with `clip` or `full_page`.
    #[oai(validator(max_length = 1024))]
    pub(crate) selector: Option<String>,
    /// Capture only this rectangle of the page. Not together with `selector` or `full_page`.
    pub(crate) clip: Option<Clip>,
    /// Make a PNG or WebP image transparent where the page has no background, instead of white.
    #[oai(default)]
    pub(crate) omit_background: bool,
}

/// A rectangle of the page, in CSS pixels from its top left corner. What reaches beyond the page is
/// cut off.
#[derive(Debug, Clone, Copy, Object)]
pub(crate) struct Clip {
    /// Distance from the left edge of the page.
    #[oai(validator(minimum(value = "0")))]
    pub(crate) x: f64,
    /// Distance from the top edge of the page.
    #[oai(validator(minimum(value = "0")))]
    pub(crate) y: f64,
    /// Width in CSS pixels.
    #[oai(validator(minimum(value = "1")))]
    pub(crate) width: f64,
    /// Height in CSS pixels.
    #[oai(validator(minimum(value = "1")))]
    pub(crate) height: f64,
}

/// An image format.
///
/// * `png`: lossless.
/// * `jpeg`: lossy, see `quality`.
/// * `webp`: lossy, see `quality`, and smaller; at most 16383 pixels tall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum ImageFormat {
    /// Lossless.
    #[default]
    Png,
    /// Lossy, see `quality`.
    Jpeg,
    /// Lossy, see `quality`. Smaller than JPEG. At most 16383 pixels tall.
    Webp,
}

impl Default for ScreenshotOutput {
    fn default() -> Self {
        Self {
            format: ImageFormat::default(),
            quality: Self::default_quality(),
            full_page: false,
            selector: None,
            clip: None,
            omit_background: false,
        }
    }
}

impl ScreenshotOutput {
    fn default_quality() -> u8 {
        85
    }

    /// Converts the options, or reports errors that the schema cannot express.
    pub(crate) fn parse(self, context: &mut ParseContext<'_>) -> options::Output {
        let quality = self.quality;
        let format = match self.format {
            ImageFormat::Png => options::ImageFormat::Png,
            ImageFormat::Jpeg => options::ImageFormat::Jpeg { quality },
            ImageFormat::Webp => options::ImageFormat::Webp { quality },
        };
        if self.omit_background && matches!(format, options::ImageFormat::Jpeg { .. }) {
            context.error(
                "omit_background",
                "must not be true for `jpeg`, which has no transparency: send `png` or `webp`",
            );
        }
        let backdrop = if self.omit_background { options::Backdrop::Transparent } else { options::Backdrop::White };
        options::Output::Screenshot(options::Screenshot { format, area: self.area(context), backdrop })
    }

    fn area(self, context: &mut ParseContext<'_>) -> options::Area {
        if self.full_page {
            for (field, is_sent) in [("selector", self.selector.is_some()), ("clip", self.clip.is_some())] {
                if is_sent {
                    context.error(field, "must not be sent together with `full_page`");
                }
            }
        }
        if self.selector.is_some() && self.clip.is_some() {
            context.error("clip", "must not be sent together with `selector`");
        }
        if let Some(selector) = &self.selector {
            check_selector("selector", selector, context);
        }
        match (self.selector, self.clip) {
            (Some(selector), _) => options::Area::Element(selector),
            (None, Some(Clip { x, y, width, height })) => options::Area::Clip(options::Clip { x, y, width, height }),
            (None, None) if self.full_page => options::Area::FullPage,
            (None, None) => options::Area::Viewport,
        }
    }
}
