//! The steps of a render, each with the end of the render as its deadline.

mod area;
mod captured;
mod cleanup;
pub(super) mod context;
mod fonts;
mod frames;
mod full_page;
pub(super) mod inject;
pub(super) mod navigate;
mod paper;
mod pdf;
mod picture;
mod screenshot;
mod scroll;
mod verify_file;
pub(super) mod verify_origin;
pub(super) mod verify_status;
pub(super) mod wait;

use domain::job::ErrorCode;
use domain::options::Output;
use tokio::time::timeout_at;

use super::failure::RenderError;
use context::StepContext;

/// Captures the page as it is now, and verifies the file.
pub(super) async fn capture(context: &StepContext<'_>) -> Result<Vec<u8>, RenderError> {
    let options = context.options;
    let capture = async {
        cleanup::clean(context).await?;
        fonts::wait_for_fonts(context).await?;
        match &options.output {
            Output::Screenshot(screenshot) => screenshot::capture(context, screenshot).await,
            Output::Pdf(pdf) => pdf::print(context, pdf).await,
        }
    };
    timeout_at(context.deadline, capture).await.unwrap_or_else(|_| {
        let message = format!("Timeout: the page was not captured within {} ms", options.readiness.timeout_ms);
        Err(RenderError::permanent(ErrorCode::CaptureTimeout, message))
    })
}
