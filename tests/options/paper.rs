//! The paper of a PDF: what the request says, what the page's `@page` rules say, and which of both
//! wins. `tests/visual/cases` has the cases with a page size or a margin of zero.

use harness::{Pdf, Service, with_worker};
use serde_json::{Value, json};

const A4: (f64, f64) = (595.0, 842.0);
const A4_WIDE: (f64, f64) = (842.0, 595.0);
const A5: (f64, f64) = (420.0, 595.0);
const A5_WIDE: (f64, f64) = (595.0, 420.0);
const LEDGER: (f64, f64) = (1224.0, 792.0);

/// Prints a page with this style and this content.
async fn print(service: &Service, key: &str, (style, content): (&str, &str), options: Value) -> Pdf {
    let mut body = options;
    body["html"] = json!(format!("<!doctype html><style>body {{ margin: 0 }} {style}</style>{content}"));
    let job = service.pdf(key, body).await;
    assert_eq!(job["warnings"], Value::Null, "{job}");
    service.document(key, &job).await
}

/// Asserts the size of every sheet, in points.
fn assert_sheets(pdf: &Pdf, expected: &[(f64, f64)], what: &str) {
    let is_near = |(found, expected): (&(f64, f64), &(f64, f64))| {
        (found.0 - expected.0).abs() < 2.0 && (found.1 - expected.1).abs() < 2.0
    };
    let are_near = pdf.sizes.len() == expected.len() && pdf.sizes.iter().zip(expected).all(is_near);
    assert!(are_near, "{what}: {:?}, not {expected:?}", pdf.sizes);
}

#[tokio::test]
async fn a_size_that_was_sent_wins_over_the_page_also_if_it_is_the_default() {
    with_worker(async |service, key| {
        for (style, options, expected) in [
            ("@page { size: A5 landscape }", json!({"format": "A4", "orientation": "portrait"}), A4),
            ("@page { size: A5 }", json!({"format": "A4"}), A4),
            ("@media print { @page { size: A5 landscape } }", json!({"format": "A4", "orientation": "portrait"}), A4),
            ("@page { size: A5 } @page :first { size: A5 }", json!({"format": "A4"}), A4),
            ("@page { size: A4 landscape }", json!({"orientation": "portrait"}), A4),
            ("@page { size: 200px 100px }", json!({"format": "A4", "orientation": "portrait"}), A4),
        ] {
            let pdf = print(service, key, (style, "text"), options.clone()).await;

            assert_sheets(&pdf, &[expected], &format!("{style} {options}"));
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_not_sent_yields_to_the_page() {
    with_worker(async |service, key| {
        for (style, options, expected) in [
            ("", json!({}), A4),
            ("@page { size: A5 landscape }", json!({}), A5_WIDE),
            ("@page { size: landscape }", json!({}), A4_WIDE),
            ("@page { size: A5 }", json!({"margin": {"top": "2cm"}}), A5),
            ("@page { size: A5 landscape }", json!({"format": "A4"}), A4_WIDE),
            ("@page { margin: 2cm }", json!({"orientation": "landscape"}), A4_WIDE),
            ("@page { margin: 2cm }", json!({"format": "A5"}), A5),
        ] {
            let pdf = print(service, key, (style, "text"), options.clone()).await;

            assert_sheets(&pdf, &[expected], &format!("{style} {options}"));
        }
    })
    .await;
}

#[tokio::test]
async fn an_orientation_alone_turns_the_page_s_own_size() {
    with_worker(async |service, key| {
        for (style, orientation, expected) in [
            ("@page { size: A5 }", "landscape", A5_WIDE),
            ("@page { size: A5 landscape }", "portrait", A5),
            ("@page { size: A5 }", "portrait", A5),
            ("", "landscape", A4_WIDE),
        ] {
            let pdf = print(service, key, (style, "text"), json!({"orientation": orientation})).await;

            assert_sheets(&pdf, &[expected], &format!("{style} {orientation}"));
        }
    })
    .await;
}

#[tokio::test]
async fn ledger_is_wide_unless_the_request_turns_it() {
    with_worker(async |service, key| {
        for (style, options) in [
            ("", json!({"format": "Ledger"})),
            ("@page { size: A5 }", json!({"format": "Ledger"})),
            ("", json!({"format": "Ledger", "orientation": "portrait"})),
        ] {
            let pdf = print(service, key, (style, "text"), options.clone()).await;

            assert_sheets(&pdf, &[LEDGER], &format!("{style} {options}"));
        }
    })
    .await;
}

#[tokio::test]
async fn the_page_wins_if_the_request_prefers_its_size() {
    with_worker(async |service, key| {
        for (style, options, expected) in [
            ("@page { size: A5 landscape }", json!({"format": "A4", "orientation": "portrait"}), A5_WIDE),
            ("@page { size: A5 }", json!({"orientation": "landscape"}), A5),
            ("", json!({"format": "A5", "orientation": "landscape"}), A5_WIDE),
        ] {
            let mut options = options;
            options["prefer_css_page_size"] = json!(true);

            let pdf = print(service, key, (style, "text"), options.clone()).await;

            assert_sheets(&pdf, &[expected], &format!("{style} {options}"));
        }
    })
    .await;
}

/// The height of A4 is 1123 px. Blocks of text that fit with one margin do not with another.
#[tokio::test]
async fn a_margin_that_was_sent_wins_over_the_page_side_by_side() {
    with_worker(async |service, key| {
        let centimetre = json!({"top": "1cm", "right": "1cm", "bottom": "1cm", "left": "1cm"});
        for (style, options, height, sheets) in [
            ("", json!({}), 1040, 1),
            ("@page { margin: 5cm }", json!({}), 740, 1),
            ("@page { margin: 5cm }", json!({}), 760, 2),
            ("@page { margin: 5cm }", json!({"margin": centimetre}), 1040, 1),
            ("@page { margin: 0 }", json!({"margin": centimetre}), 1060, 2),
            ("@page { margin: 0 }", json!({"margin": {}}), 1120, 1),
            ("@page { margin: 5cm }", json!({"margin": {"top": "0"}}), 930, 1),
            ("@page { margin: 5cm }", json!({"margin": {"top": "0"}}), 950, 2),
            ("@page { margin-top: 5cm }", json!({"margin": {"bottom": "0"}}), 930, 1),
            ("@page { margin: 5cm }", json!({"margin": centimetre, "prefer_css_page_size": true}), 760, 2),
            ("@page { size: A4 }", json!({"margin": centimetre, "prefer_css_page_size": true}), 1040, 1),
        ] {
            let content = format!("<div style='height:{height}px;background:#00ff00'>text</div>");

            let pdf = print(service, key, (style, &content), options.clone()).await;

            assert_eq!(pdf.pages, sheets, "{style} {options} {height} px");
        }
    })
    .await;
}

#[tokio::test]
async fn named_pages_have_their_own_size_unless_a_size_was_sent() {
    with_worker(async |service, key| {
        let style = "@page { size: A5 } @page wide { size: A4 landscape } div { page: wide }";
        let content = "<p>narrow</p><div>wide</div><p>narrow</p>";
        for (options, expected) in [
            (json!({}), [A5, A4_WIDE, A5]),
            (json!({"format": "A4", "prefer_css_page_size": true}), [A5, A4_WIDE, A5]),
            (json!({"format": "A4", "orientation": "portrait"}), [A4, A4, A4]),
        ] {
            let pdf = print(service, key, (style, content), options.clone()).await;

            assert_sheets(&pdf, &expected, &options.to_string());
        }
    })
    .await;
}

/// A rule in a style sheet of another origin cannot be read.
#[tokio::test]
async fn a_size_that_was_sent_wins_over_a_style_sheet_of_another_origin() {
    with_worker(async |service, key| {
        service.site.put("/print.css", |_| {
            poem::Response::builder().content_type("text/css").body("@page { size: A5; margin: 0 }")
        });
        let html = format!("<!doctype html><link rel=stylesheet href='{}'>text", service.site.page("/print.css"));
        for (options, expected) in [(json!({}), A5), (json!({"format": "A4"}), A4)] {
            let mut body = options;
            body["html"] = json!(html);
            body["wait_for"] = json!("load");

            let job = service.pdf(key, body).await;

            assert_sheets(&service.document(key, &job).await, &[expected], &job.to_string());
        }
    })
    .await;
}
