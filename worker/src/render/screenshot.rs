//! Taking pictures.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chromiumoxide_cdp::cdp::browser_protocol::page::{
    CaptureScreenshotFormat, CaptureScreenshotParams, GetLayoutMetricsParams, Viewport as Clip,
};
use domain::job::ErrorCode;
use domain::render::{Area, ImageFormat, Screenshot, Viewport};
use serde::Deserialize;

use super::page::Page;
use super::{NotRendered, checked};

/// The tallest page that is taken, in CSS pixels: a browser takes seconds and gigabytes
/// for what is much taller.
const TALLEST: f64 = 30_000.0;

/// The most device pixels that are taken, for the same reason.
const MOST_PIXELS: f64 = 200e6;

/// The tallest JPEG that a browser makes, in device pixels: for a taller one it answers
/// success with nothing. No window is that wide.
const TALLEST_JPEG: f64 = 65_500.0;

/// The tallest WebP that there is, in device pixels.
const TALLEST_WEBP: f64 = 16_383.0;

/// The answer of a browser that took a picture, read in place.
#[derive(Deserialize)]
struct Captured<'a> {
    #[serde(borrow)]
    data: Cow<'a, str>,
}

/// Takes a picture of the page.
pub(super) async fn capture(page: &Page, screenshot: &Screenshot) -> Result<Vec<u8>, NotRendered> {
    let Screenshot { area, format, viewport } = *screenshot;
    let clip = match area {
        Area::Viewport => None,
        Area::FullPage => Some(whole(page, screenshot).await?),
    };
    let height = clip.as_ref().map_or(f64::from(viewport.height), |clip| clip.height);
    let answer = page.session.raw(&params(format, clip)).await?;
    // What is no base64 is no picture either, and found out as that.
    let data = serde_json::from_slice::<Captured>(&answer).map(|captured| captured.data).unwrap_or_default();
    let bytes = STANDARD.decode(data.as_bytes()).unwrap_or_default();
    checked::picture(bytes, format, pixels(&viewport, height))
}

/// The size of a picture in device pixels.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both are capped far below")]
fn pixels(viewport: &Viewport, height: f64) -> (u32, u32) {
    let scale = viewport.device_scale_factor;
    ((f64::from(viewport.width) * scale).round() as u32, (height * scale).round() as u32)
}

/// A PNG is compressed for speed: that takes a third of the processor's time off a window full
/// of charts, and half of it off a whole page, for files a quarter to twice as large. Those who
/// want small ones ask for another format.
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

/// Measures the page, from top to bottom; its width is the window's.
async fn whole(page: &Page, Screenshot { viewport, format, .. }: &Screenshot) -> Result<Clip, NotRendered> {
    let size = page.session.call(&GetLayoutMetricsParams {}).await?.css_content_size;
    let height = size.height.max(viewport.height.into()).ceil();
    let tallest = tallest(viewport, *format);
    if height > tallest {
        let message =
            format!("the page is {height} CSS pixels tall; with this viewport and format at most {tallest} are taken");
        return Err(NotRendered::fail(ErrorCode::PageTooTall, message));
    }
    Ok(Clip { x: 0.0, y: 0.0, width: viewport.width.into(), height, scale: 1.0 })
}

fn tallest(viewport: &Viewport, format: ImageFormat) -> f64 {
    let scale = viewport.device_scale_factor;
    let tallest = (MOST_PIXELS / (f64::from(viewport.width) * scale * scale)).min(TALLEST);
    match format {
        ImageFormat::Png => tallest.floor(),
        ImageFormat::Jpeg { .. } => tallest.min(TALLEST_JPEG / scale).floor(),
        ImageFormat::Webp { .. } => tallest.min(TALLEST_WEBP / scale).floor(),
    }
}

#[cfg(test)]
mod tests {
    use domain::render::{ImageFormat, Viewport};

    use super::tallest;

    #[test]
    fn a_page_may_be_as_tall_as_its_pixels_allow() {
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

            assert!((tallest(&viewport, format) - expected).abs() < f64::EPSILON, "{format:?} {viewport:?}");
        }
    }
}
