//! Printing a page as a PDF.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chromiumoxide_cdp::cdp::browser_protocol::io::{CloseParams, ReadParams, StreamHandle};
use chromiumoxide_cdp::cdp::browser_protocol::page::{
    PrintToPdfParams, PrintToPdfReturns, PrintToPdfTransferMode, StopLoadingParams,
};
use chromiumoxide_cdp::cdp::browser_protocol::target::{FilterEntry, GetTargetsParams, TargetFilter};
use domain::job::{ErrorCode, WarningCode};
use domain::options::{Background, Pdf, Template};

use super::context::StepContext;
use super::paper::{self, Paper};
use super::verify_file::{self, MAX_PDF_PAGES};
use crate::cdp::CallError;
use crate::render::failure::RenderError;
use crate::render::page::Page;

/// How much of the PDF is read at a time, in bytes. Chromium prints to a file, so neither process
/// holds the PDF twice.
const CHUNK_BYTES: i64 = 1024 * 1024;

/// Prints the page, and verifies the PDF.
pub(super) async fn print(context: &StepContext<'_>, pdf: &Pdf) -> Result<Vec<u8>, RenderError> {
    let page = &context.page;
    if pdf.page_ranges.as_ref().is_some_and(|ranges| ranges.up_to(MAX_PDF_PAGES).is_empty()) {
        return Err(no_such_pages());
    }
    let paper = paper::prepare(context, pdf).await?;
    warn_of_isolated_frames(context).await?;
    if !page.has_loaded() {
        // Chromium prints no page that is still loading.
        page.session.send(&StopLoadingParams {});
    }
    let scale = paper::fit(context, &paper, pdf.scale).await?;
    let printed: PrintToPdfReturns = page.session.call(&params(pdf, &paper, scale)).await.map_err(print_error)?;
    let Some(stream) = printed.stream else {
        return Err(RenderError::transient(ErrorCode::RendererCrashed, "the browser returned no PDF"));
    };
    let pdf = read(page, &stream).await;
    // Otherwise the stream stays open for as long as the page, which may be reused.
    page.session.send(&CloseParams::new(stream));
    verify_file::verify_pdf(pdf?)
}

/// Chromium prints no frame that has a process of its own, which a site can ask for.
async fn warn_of_isolated_frames(context: &StepContext<'_>) -> Result<(), RenderError> {
    let frames = FilterEntry { exclude: None, r#type: Some("iframe".to_owned()) };
    let params = GetTargetsParams { filter: Some(TargetFilter::new(vec![frames])) };
    let frames = context.page.session.client().call(&params).await?.target_infos.len();
    if frames > 0 {
        context.warn(
            WarningCode::FramesMissing,
            format!("{frames} frames have processes of their own and are not printed"),
        );
    }
    Ok(())
}

async fn read(page: &Page, stream: &StreamHandle) -> Result<Vec<u8>, RenderError> {
    let mut pdf = Vec::new();
    loop {
        let next = ReadParams { handle: stream.clone(), offset: None, size: Some(CHUNK_BYTES) };
        let chunk = page.session.call(&next).await?;
        match STANDARD.decode_vec(&chunk.data, &mut pdf) {
            Ok(()) if chunk.base64_encoded == Some(true) => verify_file::check_size(pdf.len())?,
            Ok(()) | Err(_) => {
                return Err(RenderError::transient(
                    ErrorCode::RendererCrashed,
                    "the browser returned an unreadable PDF",
                ));
            }
        }
        if chunk.eof {
            return Ok(pdf);
        }
    }
}

fn params(pdf: &Pdf, paper: &Paper, scale: f64) -> PrintToPdfParams {
    let (width, height) = paper.inches();
    let margin = pdf.margin_or_default();
    PrintToPdfParams {
        print_background: Some(match pdf.background {
            Background::Printed => true,
            Background::Omitted => false,
        }),
        scale: Some(scale),
        paper_width: Some(width),
        paper_height: Some(height),
        margin_top: Some(margin.top.inches()),
        margin_right: Some(margin.right.inches()),
        margin_bottom: Some(margin.bottom.inches()),
        margin_left: Some(margin.left.inches()),
        prefer_css_page_size: Some(paper.prefers_css_size),
        generate_tagged_pdf: Some(pdf.tagged || pdf.outline),
        generate_document_outline: Some(pdf.outline),
        display_header_footer: Some(pdf.header.is_some() || pdf.footer.is_some()),
        header_template: Some(template(pdf.header.as_ref())),
        footer_template: Some(template(pdf.footer.as_ref())),
        transfer_mode: Some(PrintToPdfTransferMode::ReturnAsStream),
        // One page more than the maximum: Chromium prints no further, and verification sees it.
        page_ranges: Some(match &pdf.page_ranges {
            Some(ranges) => ranges.up_to(MAX_PDF_PAGES + 1).to_string(),
            None => format!("1-{}", MAX_PDF_PAGES + 1),
        }),
        ..Default::default()
    }
}

/// The HTML of a header or footer. Chromium prints one of its own for an empty string.
fn template(template: Option<&Template>) -> String {
    template.map(Template::as_str).filter(|html| !html.is_empty()).unwrap_or("<span></span>").to_owned()
}

fn no_such_pages() -> RenderError {
    let message = "the document has none of the pages in `page_ranges`";
    RenderError::permanent(ErrorCode::NavigationFailed, message)
}

/// Translates an error of `Page.printToPDF`. Invalid parameters are invalid in every attempt.
fn print_error(error: CallError) -> RenderError {
    match error {
        CallError::Protocol(_, why) if why.contains("Page range exceeds page count") => no_such_pages(),
        CallError::Protocol(_, why) if why.contains("invalid print parameters") => {
            let message =
                format!("the page cannot be printed with these options: {why}; use smaller margins or larger paper");
            RenderError::permanent(ErrorCode::NavigationFailed, message)
        }
        CallError::Protocol(..)
        | CallError::BrowserGone
        | CallError::PageCrashed
        | CallError::ReplyTooLarge
        | CallError::Timeout(_) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{CallError, RenderError, print_error};

    #[test]
    fn invalid_print_parameters_are_a_permanent_error() {
        let error = |why: &str| print_error(CallError::Protocol("Page.printToPDF".into(), why.to_owned()));

        assert!(matches!(error("invalid print parameters: content area is empty"), RenderError::Permanent(_)));
        assert!(matches!(error("Printing failed"), RenderError::Transient(_)));
        assert!(matches!(print_error(CallError::BrowserGone), RenderError::Transient(_)));
    }
}
