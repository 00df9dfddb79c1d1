//! Taking a screenshot.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chromiumoxide_cdp::cdp::browser_protocol::page::{
    CaptureScreenshotFormat, CaptureScreenshotParams, Viewport as Clip,
};
use domain::options::{Area, ImageFormat, Screenshot, Viewport};

use super::area;
use super::captured::base64_of;
use super::context::StepContext;
use super::full_page;
use super::verify_file::verify_image;
use crate::render::failure::RenderError;

/// Takes a screenshot, and verifies the image.
pub(super) async fn capture(
    context: &StepContext<'_>,
    Screenshot { area, format, backdrop: _ }: &Screenshot,
) -> Result<Vec<u8>, RenderError> {
    let viewport = &context.options.viewport;
    let format = *format;
    let clip = match area {
        Area::Viewport => None,
        Area::FullPage => full_page::area(context, format).await?,
        Area::Element(selector) => Some(area::element(context, selector, format).await?),
        Area::Clip(clip) => Some(area::clip(context, *clip, format).await?),
    };
    let window = (f64::from(viewport.width), f64::from(viewport.height));
    let (width, height) = clip.as_ref().map_or(window, |clip| (clip.width, clip.height));
    let response = context.page.session.call_raw(&params(format, clip)).await?;
    // Invalid base64 becomes an empty image, which verification rejects.
    let bytes = STANDARD.decode(base64_of(&response).as_bytes()).unwrap_or_default();
    verify_image(bytes, format, device_pixels(viewport, width, height))
}

/// The size of an image, in device pixels.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both are limited to far less")]
fn device_pixels(viewport: &Viewport, width: f64, height: f64) -> (u32, u32) {
    let scale = viewport.device_scale_factor;
    ((width * scale).round() as u32, (height * scale).round() as u32)
}

/// PNGs are optimized for speed: this saves a third of the CPU time for a viewport full of charts,
/// and half for a full page, and the files are 1.25 to 2 times as large. JPEG and WebP are
/// smaller. Either way partial transparency survives: a pixel of 50 % comes out as 128 of 255.
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
