//! Scrolling through a page, so that what waits to be seen loads and appears.

use std::time::Duration;

use domain::job::WarningCode;
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, timeout};

use super::context::StepContext;
use crate::render::failure::RenderError;
use crate::render::scripts::{FINISH_ANIMATIONS, SCROLL, SCROLL_BACK};

/// How long scrolling may take, not counting the waits for the requests that it starts.
const SCROLL_TIMEOUT: Duration = Duration::from_secs(10);

/// How long scrolling and these waits may take together.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How long to wait for the requests that scrolling starts.
const LOAD_TIMEOUT: Duration = Duration::from_secs(5);

/// After how long without an open request nothing more is expected.
const QUIET_PERIOD: Duration = Duration::from_millis(150);

/// How long to wait for animations to end.
const ANIMATION_TIMEOUT: Duration = Duration::from_secs(3);

/// What [`SCROLL`] returns, in CSS pixels.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Scrolled {
    top: f64,
    is_limited: bool,
}

/// Scrolls to the end of the page and back. Waits until what appears has loaded, and its animations
/// have ended.
pub(super) async fn scroll_through(context: &StepContext<'_>) -> Result<(), RenderError> {
    let end = Instant::now() + TIMEOUT;
    let mut from = 0.0;
    loop {
        let scrolled = context.call(SCROLL, &[json!(from), json!(SCROLL_TIMEOUT.as_millis())]).await?;
        let Scrolled { top, is_limited } = serde_json::from_value(scrolled).unwrap_or_default();
        let _loads_slowly = timeout(LOAD_TIMEOUT, context.page.wait_until_quiet(QUIET_PERIOD)).await;
        if is_limited || Instant::now() > end && top > from {
            let message = format!("the page goes on after {top} CSS pixels, where scrolling stopped");
            context.warn(WarningCode::ScrollIncomplete, message);
            break;
        }
        if top <= from {
            break;
        }
        from = top;
    }
    finish_animations(context).await?;
    context.call(SCROLL_BACK, &[]).await?;
    Ok(())
}

async fn finish_animations(context: &StepContext<'_>) -> Result<(), RenderError> {
    let running = context.call(FINISH_ANIMATIONS, &[json!(ANIMATION_TIMEOUT.as_millis())]).await?;
    if running.as_u64().is_some_and(|running| running > 0) {
        let message = format!("animations were still running {} s after scrolling", ANIMATION_TIMEOUT.as_secs());
        context.warn(WarningCode::AnimationRunning, message);
    }
    Ok(())
}
