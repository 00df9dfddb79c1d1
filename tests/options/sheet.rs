//! The sheets of a PDF: size, scale, pages, header and footer, tags and outline.

use harness::{read_pdf, with_worker};
use lopdf::{Document, Object};
use serde_json::{Value, json};

const THREE: &str = "<!doctype html><title>Report</title><style>section { break-after: page }</style>
    <section><h1>Alpha</h1></section><section><h2>Bravo</h2></section><h2>Charlie</h2>";

async fn print(service: &harness::Service, key: &str, html: &str, options: &Value) -> Vec<u8> {
    let mut body = json!({"html": html});
    body.as_object_mut().expect("an object").extend(options.as_object().expect("options").clone());
    let pdf = service.post(key, "/v1/pdf", &body).await;
    assert_eq!(pdf.status, 200, "{options}: {}", pdf.json());
    pdf.bytes
}

#[tokio::test]
async fn a_width_and_a_height_override_the_format() {
    with_worker(async |service, key| {
        for (options, expected) in [
            (json!({"width": "5in", "height": "10in"}), (360.0, 720.0)),
            (json!({"width": "10in", "height": "5in", "orientation": "portrait"}), (720.0, 360.0)),
            (json!({"width": "200mm", "format": "Letter"}), (566.9, 792.0)),
            (json!({"height": "300px"}), (595.0, 225.0)),
            (json!({}), (595.0, 842.0)),
        ] {
            let (width, height) = read_pdf(&print(service, key, "<p>text", &options).await).size;
            assert!(
                (width - expected.0).abs() < 2.0 && (height - expected.1).abs() < 2.0,
                "{options}: {width} × {height}"
            );
        }
        let page = "<style>@page { size: A5 }</style><p>text";
        let (width, _) = read_pdf(&print(service, key, page, &json!({"width": "5in"})).await).size;
        assert!((width - 360.0).abs() < 2.0, "what was sent wins over the page: {width}");
        let job = service.submit(key, "pdf", json!({"html": "<p>", "width": "5in"})).await;
        assert_eq!(service.wait_for_job(key, &job).await["format"], "custom");
    })
    .await;
}

#[tokio::test]
async fn a_scale_makes_the_content_larger_or_smaller() {
    let html = format!("<!doctype html>{}", "<p>line</p>".repeat(60));
    with_worker(async |service, key| {
        let mut pages = Vec::new();
        for scale in [0.5, 1.0, 2.0] {
            pages.push(read_pdf(&print(service, key, &html, &json!({"scale": scale})).await).pages);
        }
        let default = read_pdf(&print(service, key, &html, &json!({})).await).pages;

        assert!(pages[0] < pages[1] && pages[1] < pages[2], "{pages:?}");
        assert_eq!(default, pages[1]);
    })
    .await;
}

#[tokio::test]
async fn page_ranges_keep_some_of_the_pages() {
    with_worker(async |service, key| {
        for (ranges, pages, kept) in [
            (json!("2"), 1, vec!["Bravo"]),
            (json!("1, 3"), 2, vec!["Alpha", "Charlie"]),
            (json!("2-"), 2, vec!["Bravo", "Charlie"]),
            (json!("1-99"), 3, vec!["Alpha", "Bravo", "Charlie"]),
        ] {
            let pdf = read_pdf(&print(service, key, THREE, &json!({"page_ranges": ranges})).await);

            assert_eq!(pdf.pages, pages, "{ranges}");
            for word in ["Alpha", "Bravo", "Charlie"] {
                assert_eq!(pdf.text.contains(word), kept.contains(&word), "{ranges}: {}", pdf.text);
            }
        }
        for ranges in ["4-5", "99999-"] {
            let failed = service.post(key, "/v1/pdf", &json!({"html": THREE, "page_ranges": ranges})).await;
            let message = failed.json()["detail"]["message"].as_str().unwrap_or_default().to_owned();
            assert!(failed.status == 500 && message.contains("page_ranges"), "{ranges}: {message}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_header_and_a_footer_are_on_every_sheet_with_their_fields_filled_in() {
    with_worker(async |service, key| {
        let options = json!({
            "header_html": "<div style='font-size:10px'>Top <span class=title></span></div>",
            "footer_html": "<div style='font-size:10px'>Sheet <span class=pageNumber></span>of<span class=totalPages></span></div>",
            "margin": {"top": "2cm", "bottom": "2cm"},
        });
        let with = read_pdf(&print(service, key, THREE, &options).await);
        let header = read_pdf(&print(service, key, THREE, &json!({"header_html": "<b style='font-size:10px'>Only</b>"})).await);
        let without = read_pdf(&print(service, key, THREE, &json!({})).await);

        let squeezed: String = with.text.split_whitespace().collect();
        for words in ["TopReport", "Sheet1of3", "Sheet3of3"] {
            assert!(squeezed.contains(words), "{words} in {squeezed}");
        }
        assert!(header.text.contains("Only") && !header.text.contains("of3") && !header.text.contains('/'), "{}", header.text);
        assert!(!without.text.contains("Top") && !without.text.contains("Sheet"), "{}", without.text);
    })
    .await;
}

#[tokio::test]
async fn a_pdf_is_tagged_unless_the_request_says_otherwise_and_has_an_outline_if_it_does() {
    with_worker(async |service, key| {
        for (options, tags, titles) in [
            (json!({}), true, vec![]),
            (json!({"tagged": false}), false, vec![]),
            (json!({"outline": true}), true, vec!["Alpha", "Bravo", "Charlie"]),
        ] {
            let bytes = print(service, key, THREE, &options).await;

            let document = Document::load_mem(&bytes).expect("a PDF");
            let catalog = document.catalog().expect("a catalog");
            assert_eq!(catalog.has(b"StructTreeRoot"), tags, "{options}");
            assert_eq!(outline(&document), titles, "{options}");
        }
    })
    .await;
}

/// The titles of an outline, in the order of the document.
fn outline(document: &Document) -> Vec<String> {
    let mut titles = Vec::new();
    if let Ok(root) = document.catalog().expect("a catalog").get_deref(b"Outlines", document).and_then(Object::as_dict)
    {
        visit(document, root, &mut titles);
    }
    titles
}

fn visit(document: &Document, node: &lopdf::Dictionary, titles: &mut Vec<String>) {
    let mut next = node.get_deref(b"First", document).and_then(Object::as_dict).ok();
    while let Some(entry) = next {
        let title = entry.get_deref(b"Title", document).and_then(Object::as_str).expect("a title");
        titles.push(lopdf::decode_text_string(&Object::string_literal(title)).expect("text"));
        visit(document, entry, titles);
        next = entry.get_deref(b"Next", document).and_then(Object::as_dict).ok();
    }
}
