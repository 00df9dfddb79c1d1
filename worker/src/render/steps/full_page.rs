//! The area of a page that is captured as a whole, and what Chromium does not draw there by itself.

use chromiumoxide_cdp::cdp::browser_protocol::page::{GetLayoutMetricsParams, Viewport as Clip};
use domain::job::ErrorCode;
use domain::options::{ImageFormat, Viewport};
use serde::Deserialize;

use super::context::StepContext;
use super::frames;
use crate::render::failure::RenderError;
use crate::render::scripts::PREPARE_FULL_PAGE;

/// The longest side that is captured, in CSS pixels. Chromium takes seconds and gigabytes for
/// much longer ones.
const MAX_LENGTH: f64 = 30_000.0;

/// The most device pixels that are captured, for the same reason.
const MAX_PIXELS: f64 = 200e6;

/// The longest side of a JPEG that Chromium encodes, in device pixels. For a longer one it returns
/// an empty file.
const MAX_JPEG_LENGTH: f64 = 65_500.0;

/// The longest side of an image that the WebP format allows, in device pixels.
const MAX_WEBP_LENGTH: f64 = 16_383.0;

/// What [`PREPARE_FULL_PAGE`] returns.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Prepared {
    /// The page hides what is wider than the window.
    hides_overflow_x: bool,
    /// How many frames of other origins are outside of the window.
    frames: u32,
}

/// Prepares the page, and returns its area: `None` if it is that of the window.
///
/// The window keeps its size: a larger one would change every length in `vh`, and what a page
/// draws again when it is resized.
pub(super) async fn area(context: &StepContext<'_>, format: ImageFormat) -> Result<Option<Clip>, RenderError> {
    let viewport = &context.options.viewport;
    let prepared = context.call(PREPARE_FULL_PAGE, &[]).await?;
    let Prepared { hides_overflow_x, frames } = serde_json::from_value(prepared).unwrap_or_default();
    if frames > 0 {
        frames::keep(context, frames).await?;
    }
    let metrics = context.page.session.call(&GetLayoutMetricsParams {}).await?;
    let (size, window) = (metrics.css_content_size, metrics.css_layout_viewport);
    let (window_width, window_height) = (f64::from(viewport.width), f64::from(viewport.height));
    // A page that grows to the left shows its right end first.
    let (x, width) = if hides_overflow_x {
        #[expect(clippy::cast_precision_loss, reason = "a page has far fewer pixels")]
        (window.page_x as f64, window_width)
    } else {
        (0.0, size.width.max(window_width).ceil())
    };
    let height = size.height.max(window_height).ceil();
    check_size(width, height, viewport, format)?;
    let is_window = width <= window_width && height <= window_height;
    Ok((!is_window).then_some(Clip { x, y: 0.0, width, height, scale: 1.0 }))
}

/// Checks the size of an image, in CSS pixels.
pub(super) fn check_size(width: f64, height: f64, viewport: &Viewport, format: ImageFormat) -> Result<(), RenderError> {
    let scale = viewport.device_scale_factor;
    let max = max_length(scale, format);
    let max_height = (MAX_PIXELS / (width * scale * scale)).min(max).floor();
    if width > max {
        let message = format!("the page is {width} CSS pixels wide; the maximum with this format is {max}");
        return Err(RenderError::permanent(ErrorCode::PageTooTall, message));
    }
    if height > max_height {
        let message =
            format!("the page is {height} CSS pixels tall; the maximum with this width and format is {max_height}");
        return Err(RenderError::permanent(ErrorCode::PageTooTall, message));
    }
    Ok(())
}

/// The longest side of an image, in CSS pixels.
fn max_length(scale: f64, format: ImageFormat) -> f64 {
    match format {
        ImageFormat::Png => MAX_LENGTH,
        ImageFormat::Jpeg { .. } => MAX_LENGTH.min(MAX_JPEG_LENGTH / scale).floor(),
        ImageFormat::Webp { .. } => MAX_LENGTH.min(MAX_WEBP_LENGTH / scale).floor(),
    }
}

#[cfg(test)]
mod tests {
    use domain::options::{ImageFormat, Viewport};

    use super::check_size;

    #[test]
    fn the_size_of_a_page_is_limited_by_its_pixels_and_format() {
        let (png, jpeg, webp) =
            (ImageFormat::Png, ImageFormat::Jpeg { quality: 80 }, ImageFormat::Webp { quality: 80 });
        for (format, width, device_scale_factor, max) in [
            (png, 1280.0, 1.0, 30_000.0),
            (png, 1280.0, 2.0, 30_000.0),
            (png, 3840.0, 1.0, 30_000.0),
            (png, 3840.0, 3.0, 5787.0),
            (png, 30_000.0, 1.0, 6666.0),
            (png, 1.0, 0.5, 30_000.0),
            (png, 320.0, 3.0, 30_000.0),
            (jpeg, 320.0, 3.0, 21_833.0),
            (jpeg, 320.0, 2.0, 30_000.0),
            (jpeg, 3840.0, 3.0, 5787.0),
            (webp, 320.0, 1.0, 16_383.0),
        ] {
            let viewport = Viewport { device_scale_factor, ..Viewport::default() };

            assert!(check_size(width, max, &viewport, format).is_ok(), "{format:?} {width} {max}");
            assert!(check_size(width, max + 1.0, &viewport, format).is_err(), "{format:?} {width} {max}");
        }
        assert!(check_size(30_001.0, 10.0, &Viewport::default(), png).is_err(), "too wide");
    }
}
