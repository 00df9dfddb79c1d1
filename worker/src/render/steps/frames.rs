//! Frames of other origins outside of the window, which Chromium does not draw: each is shown in
//! the window once, and gets pictures of its content as its background.

use std::time::Duration;

use bytes::Bytes;
use chromiumoxide_cdp::cdp::browser_protocol::page::{
    CaptureScreenshotFormat, CaptureScreenshotParams, Viewport as Clip,
};
use domain::job::WarningCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::captured::base64_of;
use super::context::StepContext;
use crate::render::failure::RenderError;
use crate::render::scripts::{END_FRAMES, KEEP_FRAME, SHOW_FRAME};

/// How long all frames may take together.
const TIMEOUT: Duration = Duration::from_secs(8);

/// How many pictures are taken of one frame, from its top.
const MAX_TILES: usize = 20;

/// How often a frame is captured until it has been drawn, which its own process decides.
const MAX_CAPTURES: u32 = 8;

/// The pause between two captures of a frame.
const CAPTURE_INTERVAL: Duration = Duration::from_millis(60);

/// The visible part of a frame, in CSS pixels of the page.
#[derive(Debug, Deserialize)]
struct Part {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// Gives the frames that [`PREPARE_FULL_PAGE`](crate::render::scripts::PREPARE_FULL_PAGE) found
/// pictures of their content.
pub(super) async fn keep(context: &StepContext<'_>, frames: u32) -> Result<(), RenderError> {
    let end = Instant::now() + TIMEOUT;
    for index in 0..frames {
        if Instant::now() > end {
            let message = format!("{} frames outside of the window are not shown", frames - index);
            context.warn(WarningCode::FramesMissing, message);
            break;
        }
        keep_one(context, index, end).await?;
    }
    context.call(END_FRAMES, &[]).await?;
    Ok(())
}

async fn keep_one(context: &StepContext<'_>, index: u32, end: Instant) -> Result<(), RenderError> {
    let (mut tiles, mut offset) = (Vec::new(), 0.0);
    while tiles.len() < MAX_TILES && Instant::now() < end {
        let shown = context.call(SHOW_FRAME, &[json!(index), json!(offset)]).await?;
        let Ok(part) = serde_json::from_value::<Part>(shown) else { break };
        let data = capture(context, &part, end).await?;
        let url = format!("data:image/png;base64,{data}");
        tiles.push(json!({ "url": url, "offset": offset, "width": part.width, "height": part.height }));
        offset += part.height;
    }
    if tiles.len() == MAX_TILES || Instant::now() > end {
        let message = "a frame outside of the window is too tall or changes too often to be shown as a whole";
        context.warn(WarningCode::FramesMissing, message);
    }
    context.call(KEEP_FRAME, &[json!(index), Value::Array(tiles)]).await?;
    Ok(())
}

/// Captures a part of the window until two captures in a row are the same.
async fn capture(context: &StepContext<'_>, part: &Part, end: Instant) -> Result<String, RenderError> {
    let Part { x, y, width, height } = *part;
    let params = CaptureScreenshotParams {
        format: Some(CaptureScreenshotFormat::Png),
        optimize_for_speed: Some(true),
        clip: Some(Clip { x, y, width, height, scale: 1.0 }),
        ..Default::default()
    };
    let mut last = Bytes::new();
    for _ in 0..MAX_CAPTURES {
        let response = context.page.session.call_raw(&params).await?;
        let is_same = response == last;
        last = response;
        if is_same || Instant::now() > end {
            break;
        }
        sleep(CAPTURE_INTERVAL).await;
    }
    Ok(base64_of(&last).into_owned())
}
