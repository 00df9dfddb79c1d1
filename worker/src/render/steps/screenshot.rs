//! Taking a screenshot.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chromiumoxide_cdp::cdp::browser_protocol::page::{
    CaptureScreenshotFormat, CaptureScreenshotParams, GetLayoutMetricsParams, Viewport as Clip,
};
use domain::job::ErrorCode;
use domain::options::{Area, ImageFormat, Screenshot, Viewport};
use serde::Deserialize;

use super::verify_file::verify_image;
use crate::render::failure::RenderError;
use crate::render::page::Page;

/// The tallest page that is captured, in CSS pixels. Chromium takes seconds and gigabytes for
/// much taller ones.
const MAX_HEIGHT: f64 = 30_000.0;

/// The most device pixels that are captured, for the same reason.
const MAX_PIXELS: f64 = 200e6;

/// The tallest JPEG that Chromium encodes, in device pixels. For a taller one it returns an empty
/// file. No viewport is that wide.
const MAX_JPEG_HEIGHT: f64 = 65_500.0;

/// The tallest image that the WebP format allows, in device pixels.
const MAX_WEBP_HEIGHT: f64 = 16_383.0;

/// The response to `Page.captureScreenshot`, borrowed from the message.
#[derive(Deserialize)]
struct Captured<'a> {
    #[serde(borrow)]
    data: Cow<'a, str>,
}

/// Takes a screenshot, and verifies the image.
pub(super) async fn capture(
    page: &Page,
    viewport: &Viewport,
    Screenshot { area, format }: Screenshot,
) -> Result<Vec<u8>, RenderError> {
    let clip = match area {
        Area::Viewport => None,
        Area::FullPage => Some(full_page(page, viewport, format).await?),
    };
    let height = clip.as_ref().map_or(f64::from(viewport.height), |clip| clip.height);
    let response = page.session.call_raw(&params(format, clip)).await?;
    // Invalid base64 becomes an empty image, which verification rejects.
    let data = serde_json::from_slice::<Captured>(&response).map(|captured| captured.data).unwrap_or_default();
    let bytes = STANDARD.decode(data.as_bytes()).unwrap_or_default();
    verify_image(bytes, format, device_pixels(viewport, height))
}

/// The size of an image, in device pixels.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both are limited to far less")]
fn device_pixels(viewport: &Viewport, height: f64) -> (u32, u32) {
    let scale = viewport.device_scale_factor;
    ((f64::from(viewport.width) * scale).round() as u32, (height * scale).round() as u32)
}

/// PNGs are optimized for speed: this saves a third of the CPU time for a viewport full of charts,
/// and half for a full page, and the files are 1.25 to 2 times as large. JPEG and WebP are
/// smaller.
fn params(format: ImageFormat, clip: Option<Clip>) -> CaptureScreenshotParams {
    let (format, quality) = match format {
        ImageFormat::Png => (CaptureScreenshotFormat::Png, None),
        ImageFormat::Jpeg { quality } => (CaptureScreenshotFormat::Jpeg, Some(quality.into())),
        ImageFormat::Webp { quality } => (CaptureScreenshotFormat::Webp, Some(quality.into())),
    };
    CaptureScreenshotParams {
        format: Some(format),
        quality,
        capture_beyond_viewport: clip.is_some().then_some(true),
        optimize_for_speed: Some(true),
        clip,
        ..Default::default()
    }
}

/// Returns the area of the page from top to bottom, as wide as the viewport.
async fn full_page(page: &Page, viewport: &Viewport, format: ImageFormat) -> Result<Clip, RenderError> {
    let size = page.session.call(&GetLayoutMetricsParams {}).await?.css_content_size;
    let height = size.height.max(viewport.height.into()).ceil();
    let max = max_height(viewport, format);
    if height > max {
        let message =
            format!("the page is {height} CSS pixels tall; the maximum with this viewport and format is {max}");
        return Err(RenderError::permanent(ErrorCode::PageTooTall, message));
    }
    Ok(Clip { x: 0.0, y: 0.0, width: viewport.width.into(), height, scale: 1.0 })
}

fn max_height(viewport: &Viewport, format: ImageFormat) -> f64 {
    let scale = viewport.device_scale_factor;
    let max = (MAX_PIXELS / (f64::from(viewport.width) * scale * scale)).min(MAX_HEIGHT);
    match format {
        ImageFormat::Png => max.floor(),
        ImageFormat::Jpeg { .. } => max.min(MAX_JPEG_HEIGHT / scale).floor(),
        ImageFormat::Webp { .. } => max.min(MAX_WEBP_HEIGHT / scale).floor(),
    }
}

#[cfg(test)]
mod tests {
    use domain::options::{ImageFormat, Viewport};

    use super::max_height;

    #[test]
    fn the_height_of_a_page_is_limited_by_its_pixels_and_format() {
        let (png, jpeg) = (ImageFormat::Png, ImageFormat::Jpeg { quality: 80 });
        for (format, width, device_scale_factor, expected) in [
            (png, 1280, 1.0, 30_000.0),
            (png, 1280, 2.0, 30_000.0),
            (png, 3840, 1.0, 30_000.0),
            (png, 3840, 3.0, 5787.0),
            (png, 1, 0.5, 30_000.0),
            (png, 320, 3.0, 30_000.0),
            (jpeg, 320, 3.0, 21_833.0),
            (jpeg, 320, 2.0, 30_000.0),
            (jpeg, 3840, 3.0, 5787.0),
        ] {
            let viewport = Viewport { width, height: 720, device_scale_factor };

            assert!((max_height(&viewport, format) - expected).abs() < f64::EPSILON, "{format:?} {viewport:?}");
        }
    }
}
