//! The steps of a render, each with the end of the render as its deadline.

pub(super) mod context;
pub(super) mod navigate;
mod pdf;
mod screenshot;
mod verify_file;
pub(super) mod verify_origin;
pub(super) mod wait;

use domain::job::ErrorCode;
use domain::options::Output;
use tokio::time::timeout_at;

use super::failure::RenderError;
use context::StepContext;

/// Captures the page as it is now, and verifies the file.
pub(super) async fn capture(context: &StepContext<'_>) -> Result<Vec<u8>, RenderError> {
    let StepContext { options, page, .. } = context;
    let capture = async {
        match &options.output {
            Output::Screenshot(screenshot) => screenshot::capture(page, &options.viewport, *screenshot).await,
            Output::Pdf(pdf) => pdf::print(page, pdf).await,
        }
    };
    timeout_at(context.deadline, capture).await.unwrap_or_else(|_| {
        let message = format!("Timeout: the page was not captured within {} ms", options.readiness.timeout_ms);
        Err(RenderError::permanent(ErrorCode::CaptureTimeout, message))
    })
}
