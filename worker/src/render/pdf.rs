//! Printing: a page becomes a document.

use chromiumoxide::cdp::browser_protocol::page::{PrintToPdfParams, PrintToPdfTransferMode};
use domain::job::ErrorCode;
use domain::render::{Background, Orientation, Pdf};

use super::page::Page;
use super::{NotRendered, decode};
use crate::cdp::CallError;

/// Prints the page.
pub(super) async fn print(page: &Page, pdf: &Pdf) -> Result<Vec<u8>, NotRendered> {
    let printed = page.session.call(params(pdf)).await.map_err(refused)?;
    decode(printed.data.as_ref(), b"%PDF")
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
        transfer_mode: Some(PrintToPdfTransferMode::ReturnAsBase64),
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
        CallError::Refused(..) | CallError::Gone => error.into(),
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
