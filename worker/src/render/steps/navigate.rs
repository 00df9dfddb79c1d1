//! Navigating: from the held page until the response starts to arrive.

use domain::job::ErrorCode;
use tokio::time::timeout_at;

use super::context::StepContext;
use super::verify_origin;
use crate::render::failure::{self, RenderError, origin};
use crate::render::page::navigation::Address;

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
    // Loading also stops when a page that is used again leaves its empty document.
    let has_failed = || page.requests().document_error().is_some();
    page.wait_until(|navigation| navigation.has_committed() || navigation.has_no_document() && has_failed()).await?;
    match page.document().1 {
        Some(Address::Loaded(_)) => Ok(()),
        Some(Address::Unreachable(url)) => Err(diagnose(context, &url)),
        None => Err(diagnose(context, url)),
    }
}

/// Returns why no document arrived: from the proxy if it knows, and otherwise from the browser.
fn diagnose(context: &StepContext<'_>, url: &str) -> RenderError {
    if let Err(error) = verify_origin::check_reached(context, url) {
        return error;
    }
    let requests = context.page.requests();
    let error = requests.document_error().map_or("ERR_FAILED", |error| error.error.as_str());
    failure::net_error(error, &origin(url))
}
