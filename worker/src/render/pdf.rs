//! Printing: a page becomes a document.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chromiumoxide_cdp::cdp::browser_protocol::io::{CloseParams, ReadParams, StreamHandle};
use chromiumoxide_cdp::cdp::browser_protocol::page::{PrintToPdfParams, PrintToPdfReturns, PrintToPdfTransferMode};
use domain::job::ErrorCode;
use domain::render::{Background, Orientation, Pdf};

use super::page::Page;
use super::{NotRendered, checked};
use crate::cdp::CallError;

/// How much of a document is fetched at a time: it is printed to the browser's disk, and
/// neither of us ever holds it twice.
const CHUNK: i64 = 1024 * 1024;

/// Prints the page.
pub(super) async fn print(page: &Page, pdf: &Pdf) -> Result<Vec<u8>, NotRendered> {
    let printed: PrintToPdfReturns = page.session.call(&params(pdf)).await.map_err(refused)?;
    let Some(stream) = printed.stream else {
        return Err(NotRendered::chance(ErrorCode::RendererCrashed, "the browser printed nothing"));
    };
    let document = read(page, &stream).await;
    // A page that is kept would keep it, too.
    page.session.tell(&CloseParams::new(stream));
    checked::document(document?)
}

async fn read(page: &Page, stream: &StreamHandle) -> Result<Vec<u8>, NotRendered> {
    let mut document = Vec::new();
    loop {
        let next = ReadParams { handle: stream.clone(), offset: None, size: Some(CHUNK) };
        let chunk = page.session.call(&next).await?;
        match STANDARD.decode_vec(&chunk.data, &mut document) {
            Ok(()) if chunk.base64_encoded == Some(true) => checked::fits(document.len())?,
            Ok(()) | Err(_) => {
                return Err(NotRendered::chance(ErrorCode::RendererCrashed, "the browser garbled what it printed"));
            }
        }
        if chunk.eof {
            return Ok(document);
        }
    }
}

fn params(pdf: &Pdf) -> PrintToPdfParams {
    let (width, height) = pdf.paper.inches();
    PrintToPdfParams {
        landscape: Some(match pdf.orientation {
            Orientation::Portrait => false,
            Orientation::Landscape => true,
        }),
        print_background: Some(match pdf.background {
            Background::Printed => true,
            Background::Omitted => false,
        }),
        paper_width: Some(width),
        paper_height: Some(height),
        margin_top: Some(pdf.margin.top.inches()),
        margin_right: Some(pdf.margin.right.inches()),
        margin_bottom: Some(pdf.margin.bottom.inches()),
        margin_left: Some(pdf.margin.left.inches()),
        prefer_css_page_size: Some(false),
        generate_tagged_pdf: Some(true),
        transfer_mode: Some(PrintToPdfTransferMode::ReturnAsStream),
        // One more than there may be: printing ends there, and the excess shows.
        page_ranges: Some(format!("1-{}", checked::MOST_SHEETS + 1)),
        ..Default::default()
    }
}

/// A browser that does not like what was asked for would not like it next time.
fn refused(error: CallError) -> NotRendered {
    match error {
        CallError::Refused(_, why) if why.contains("invalid print parameters") => {
            let message = format!("the page cannot be printed like this: {why}; try smaller margins, or larger paper");
            NotRendered::fail(ErrorCode::NavigationFailed, message)
        }
        CallError::Refused(..) | CallError::Gone | CallError::Crashed | CallError::TooLarge | CallError::Late(_) => {
            error.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CallError, NotRendered, refused};

    #[test]
    fn paper_without_room_for_the_page_is_no_better_next_time() {
        let said = |why: &str| refused(CallError::Refused("Page.printToPDF".into(), why.to_owned()));

        assert!(matches!(said("invalid print parameters: content area is empty"), NotRendered::Final(_)));
        assert!(matches!(said("Printing failed"), NotRendered::Chance(_)));
        assert!(matches!(refused(CallError::Gone), NotRendered::Chance(_)));
    }
}
