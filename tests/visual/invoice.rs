//! An invoice as a PDF: how its pages look, and the order of their text.

use std::process::Command;

use harness::{Service, read_pdf, with_service};
use image::RgbImage;
use serde_json::{Value, json};

use super::golden::assert_looks_right;
use super::page::{INVOICE, with};

/// The expected texts, in this order.
const WORDS: [&str; 14] = [
    "Atelier Nørrebro",
    "Invoice 2025-0417",
    "Hearth & Co. GmbH",
    "AMOUNT DUE",
    "QUANTITY",
    "Brand workshop, two days on site",
    "Retouching",
    "QUANTITY",
    "Print supervision at the press",
    "Shop window, autumn",
    "QUANTITY",
    "Style guide, writing",
    "Please pay by 13 November 2025",
    "€ 80,803.06",
];

#[tokio::test]
async fn an_invoice_of_three_pages_looks_right_and_has_its_text_in_order() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 1).await;

        let bytes = invoice(service, &key, INVOICE, json!({})).await;

        let read = read_pdf(&bytes);
        assert_eq!(read.pages, 3);
        let (width, height) = read.size;
        assert!((width - 595.0).abs() < 2.0 && (height - 842.0).abs() < 2.0, "{:?}", read.size);
        let mut rest = read.text.as_str();
        for words in WORDS {
            (_, rest) = rest.split_once(words).unwrap_or_else(|| panic!("{words}, in its place, in {}", read.text));
        }
        for (sheet, picture) in sheets(&bytes).iter().enumerate() {
            assert_looks_right(&format!("invoice-{}", sheet + 1), picture);
        }
    })
    .await;
}

/// Renders an invoice with these options and the usual ones.
pub(crate) async fn invoice(service: &Service, key: &str, html: &str, more: Value) -> Vec<u8> {
    let margin = json!({"top": "16mm", "right": "15mm", "bottom": "16mm", "left": "15mm"});
    let body = with(json!({"html": html, "format": "A4", "margin": margin}), more);
    let response = service.post(key, "/v1/pdf", &body).await;
    assert_eq!((response.status, response.header("content-type")), (200, "application/pdf"), "{:?}", response.json());
    response.bytes
}

/// Rasterises every page with poppler, at 96 dpi.
pub(crate) fn sheets(bytes: &[u8]) -> Vec<RgbImage> {
    let folder = tempfile::tempdir().expect("a folder");
    let document = folder.path().join("document.pdf");
    std::fs::write(&document, bytes).expect("a written document");
    let mut draw = Command::new("pdftoppm");
    draw.args(["-r", "96", "-png"]).arg(&document).arg(folder.path().join("sheet"));
    assert!(draw.status().expect("poppler is installed").success());
    let sheet = |number: usize| {
        let path = folder.path().join(format!("sheet-{number}.png"));
        path.exists().then(|| image::open(path).expect("a sheet").into_rgb8())
    };
    (1..10).map_while(sheet).collect()
}
