//! Taking a screenshot.

use domain::options::{Area, Screenshot, Viewport};

use super::context::StepContext;
use super::verify_file::verify_image;
use super::{area, full_page, picture};
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
    let bytes = picture::take(&context.page, viewport, format, clip).await?;
    verify_image(bytes, format, device_pixels(viewport, width, height))
}

/// The size of an image, in device pixels.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both are limited to far less")]
fn device_pixels(viewport: &Viewport, width: f64, height: f64) -> (u32, u32) {
    let scale = viewport.device_scale_factor;
    ((width * scale).round() as u32, (height * scale).round() as u32)
}
