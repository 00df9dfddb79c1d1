//! Verifying the HTTP status of a page: the request may refuse some.

use domain::job::ErrorCode;

use super::context::StepContext;
use crate::render::failure::RenderError;

/// Fails the render if the request refuses the status of the current document.
pub(crate) fn verify(context: &StepContext<'_>) -> Result<(), RenderError> {
    let (document, _) = context.page.document();
    match context.page.requests().status_of(&document.0) {
        Some(status) if context.options.network.refuses(status) && context.html_host.is_none() => {
            let message = format!("the page responded with the status {status}, which `fail_on_status` refuses");
            Err(RenderError::permanent(ErrorCode::StatusRefused, message))
        }
        Some(_) | None => Ok(()),
    }
}
