//! Navigating: from the held page until the response starts to arrive.

use chromiumoxide_cdp::cdp::browser_protocol::page::NavigateParams;
use domain::job::ErrorCode;
use tokio::time::timeout_at;

use super::context::StepContext;
use super::verify_origin;
use crate::render::failure::{self, RenderError, origin};
use crate::render::page::navigation::{Address, Navigation};

/// Waits until the document that was requested starts to arrive, whatever its HTTP status: an
/// error page is a page, too.
pub(crate) async fn navigate(context: &StepContext<'_>, url: &str) -> Result<(), RenderError> {
    timeout_at(context.deadline, committed(context, url)).await.unwrap_or_else(|_| {
        let timeout_ms = context.options.readiness.timeout_ms;
        let message = format!("Timeout: {} did not respond within {timeout_ms} ms", origin(url));
        Err(RenderError::permanent(ErrorCode::NavigationTimeout, message))
    })
}

async fn committed(context: &StepContext<'_>, url: &str) -> Result<(), RenderError> {
    let page = &context.page;
    page.wait_until(|navigation| navigation.has_committed() || navigation.has_no_document()).await?;
    match page.document().1 {
        Some(Address::Loaded(_)) => Ok(()),
        Some(Address::Unreachable(url)) => diagnose(context, &url).await,
        None => diagnose(context, url).await,
    }
}

/// Finds out why no document arrived: from the proxy if it knows, and otherwise by navigating
/// again, which returns the browser's network error, or succeeds.
async fn diagnose(context: &StepContext<'_>, url: &str) -> Result<(), RenderError> {
    verify_origin::check_reached(context, url)?;
    let navigated = context.page.session.call(&NavigateParams::new(url)).await?;
    match navigated.error_text {
        Some(error) => Err(failure::net_error(&error, &origin(url))),
        None => context.page.wait_until(Navigation::has_loaded_document).await,
    }
}
