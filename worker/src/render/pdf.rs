//! Printing: a page becomes a document.

use chromiumoxide::cdp::browser_protocol::page::{PrintToPdfParams, PrintToPdfTransferMode};
use domain::render::{Background, Orientation, Pdf};

use super::page::Page;
use super::{NotRendered, decode};

/// Prints the page.
pub(super) async fn print(page: &Page, pdf: &Pdf) -> Result<Vec<u8>, NotRendered> {
    let printed = page.session.call(params(pdf)).await?;
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
