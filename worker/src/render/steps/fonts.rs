//! Waiting for the fonts in use: text in a font that is still loading is invisible.

use std::time::Duration;

use domain::job::WarningCode;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::context::StepContext;
use crate::render::failure::RenderError;
use crate::render::scripts::LOAD_FONTS;

/// How long to wait for fonts.
const FONTS_TIMEOUT: Duration = Duration::from_secs(3);

/// Waits until the fonts in use have loaded, including those of frames in the page's process.
pub(super) async fn wait_for_fonts(context: &StepContext<'_>) -> Result<(), RenderError> {
    let end = Instant::now() + FONTS_TIMEOUT;
    let loaded = context.call(LOAD_FONTS, &[json!(FONTS_TIMEOUT.as_millis())]).await?;
    // The script cannot look into frames of other origins, but the browser reports their requests
    // if they are in the page's process.
    let in_frames = timeout_at(end, context.page.wait_for_requests(|requests| !requests.has_open_font())).await;
    if loaded == Value::Bool(false) || in_frames.is_err() {
        let message = format!("fonts of the page had not loaded after {} s", FONTS_TIMEOUT.as_secs());
        context.warn(WarningCode::FontsLate, message);
    }
    Ok(())
}
