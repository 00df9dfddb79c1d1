//! Taking the picture of a page as it is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chromiumoxide_cdp::cdp::browser_protocol::headless_experimental::{
    BeginFrameParams, ScreenshotParams, ScreenshotParamsFormat,
};
use chromiumoxide_cdp::cdp::browser_protocol::page::{
    CaptureScreenshotFormat, CaptureScreenshotParams, Viewport as Clip,
};
use domain::options::{ImageFormat, Viewport};

use super::captured::base64_of;
use crate::browser::Frames;
use crate::cdp::{CallError, Session};
use crate::render::page::Page;

/// Takes a picture of the window, or of a part of the page. One that the browser could not make is empty.
pub(super) async fn take(
    page: &Page,
    viewport: &Viewport,
    format: ImageFormat,
    clip: Option<Clip>,
) -> Result<Vec<u8>, CallError> {
    let session = &page.session;
    match page.frames {
        Frames::OnItsOwn => Ok(decoded(&session.call_raw(&params(format, clip)).await?)),
        Frames::OnRequest => {
            // The picture of a frame has one pixel for each of CSS.
            #[expect(clippy::float_cmp, reason = "the default, as it was parsed")]
            let is_plain = clip.is_none() && viewport.device_scale_factor == 1.0;
            let picture = if is_plain { decoded(&session.call_raw(&frame(format)).await?) } else { Vec::new() };
            // A frame has no picture if nothing has changed since the last one.
            if picture.is_empty() {
                Ok(decoded(&while_drawing(session, &params(format, clip)).await?))
            } else {
                Ok(picture)
            }
        }
    }
}

/// Captures while frames are requested, which the capture waits for.
async fn while_drawing(session: &Session, capture: &CaptureScreenshotParams) -> Result<Bytes, CallError> {
    let draw = async {
        loop {
            if let Err(error) = session.call(&BeginFrameParams::default()).await {
                return error;
            }
        }
    };
    tokio::select! {
        biased;
        captured = session.call_raw(capture) => captured,
        error = draw => Err(error),
    }
}

/// Invalid base64 becomes an empty image, which verification rejects.
fn decoded(response: &[u8]) -> Vec<u8> {
    STANDARD.decode(base64_of(response).as_bytes()).unwrap_or_default()
}

/// The command that draws a frame and returns its picture.
fn frame(format: ImageFormat) -> BeginFrameParams {
    let (format, quality) = match format {
        ImageFormat::Png => (ScreenshotParamsFormat::Png, None),
        ImageFormat::Jpeg { quality } => (ScreenshotParamsFormat::Jpeg, Some(quality.into())),
        ImageFormat::Webp { quality } => (ScreenshotParamsFormat::Webp, Some(quality.into())),
    };
    let screenshot = ScreenshotParams { format: Some(format), quality, optimize_for_speed: Some(true) };
    BeginFrameParams { screenshot: Some(screenshot), ..Default::default() }
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
