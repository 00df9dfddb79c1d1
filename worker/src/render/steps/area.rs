//! The area of a page that is captured: a rectangle or an element.

use std::time::Duration;

use chromiumoxide_cdp::cdp::browser_protocol::page::{GetLayoutMetricsParams, Viewport as CdpClip};
use domain::job::{ErrorCode, WarningCode};
use domain::options::{Clip, ImageFormat};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::context::StepContext;
use super::full_page::check_size;
use crate::render::failure::{RenderError, invalid_selector, shown};
use crate::render::scripts::ELEMENT_AREA;

/// How long to wait for an element that is not there yet.
const ELEMENT_TIMEOUT: Duration = Duration::from_secs(3);

/// How often the page is searched for it.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// How long to wait for what an element loads once it is shown.
const LOAD_TIMEOUT: Duration = Duration::from_secs(3);

/// After how long without an open request nothing more is expected.
const QUIET_PERIOD: Duration = Duration::from_millis(150);

/// Returns the part of a rectangle that is in the page.
pub(super) async fn clip(context: &StepContext<'_>, clip: Clip, format: ImageFormat) -> Result<CdpClip, RenderError> {
    let size = context.page.session.call(&GetLayoutMetricsParams {}).await?.css_content_size;
    let viewport = &context.options.viewport;
    let (page_width, page_height) = (size.width.max(viewport.width.into()), size.height.max(viewport.height.into()));
    let (width, height) = (clip.width.min(page_width - clip.x), clip.height.min(page_height - clip.y));
    if width < 1.0 || height < 1.0 {
        let message = format!("`clip` is outside of the page, which is {page_width} × {page_height} CSS pixels large");
        return Err(RenderError::permanent(ErrorCode::ClipOutsidePage, message));
    }
    if width < clip.width || height < clip.height {
        let message = format!(
            "`clip` reaches beyond the page, which is {page_width} × {page_height} CSS pixels large, and was trimmed to it"
        );
        context.warn(WarningCode::ClipTrimmed, message);
    }
    check_size(width, height, viewport, format)?;
    Ok(CdpClip { x: clip.x, y: clip.y, width, height, scale: 1.0 })
}

/// Returns the area of the first element that matches a selector. It may appear a little later.
pub(super) async fn element(
    context: &StepContext<'_>,
    selector: &str,
    format: ImageFormat,
) -> Result<CdpClip, RenderError> {
    let found = timeout(ELEMENT_TIMEOUT, find(context, selector)).await;
    let Ok(found) = found else {
        let message = format!("no visible element matched `{}`", shown(selector));
        return Err(RenderError::permanent(ErrorCode::SelectorNotFound, message));
    };
    let area = found?;
    let _loads_slowly = timeout(LOAD_TIMEOUT, context.page.wait_until_quiet(QUIET_PERIOD)).await;
    // It may have another size now.
    let Clip { x, y, width, height } = look(context, selector).await?.unwrap_or(area);
    let (left, top) = (x.floor(), y.floor());
    let (width, height) = ((x + width).ceil() - left, (y + height).ceil() - top);
    check_size(width, height, &context.options.viewport, format)?;
    Ok(CdpClip { x: left, y: top, width, height, scale: 1.0 })
}

async fn find(context: &StepContext<'_>, selector: &str) -> Result<Clip, RenderError> {
    loop {
        if let Some(area) = look(context, selector).await? {
            return Ok(area);
        }
        sleep(POLL_INTERVAL).await;
    }
}

async fn look(context: &StepContext<'_>, selector: &str) -> Result<Option<Clip>, RenderError> {
    let found = context.call(ELEMENT_AREA, &[json!(selector)]).await?;
    if let Value::String(selector) = found {
        return Err(invalid_selector(&selector));
    }
    let area: Option<Clip> = serde_json::from_value(found).ok();
    Ok(area.filter(|area| area.width >= 1.0 && area.height >= 1.0))
}
