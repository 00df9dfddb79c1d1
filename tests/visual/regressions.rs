//! Sensitivity of the golden images: a page with a missing part does not match, however small
//! the part is, and a page with slightly different text rendering does.

use harness::{Service, with_service};
use image::ImageFormat;
use serde_json::{Value, json};

use super::golden::difference;
use super::invoice::{invoice, sheets};
use super::page::{DASHBOARD, INVOICE, PRODUCT, SCRIPTS, article, taken, window, with};

const BLANK_BELOW: &str = "body::after { content: ''; position: fixed; inset: 50% 0 0 0; background: #fff }";
const DOWN: &str = "html { position: relative; top: 24px; height: 100%; overflow: hidden }";
const ASIDE: &str = "html { position: relative; left: 24px; overflow: hidden }";
const GREY: &str = "html { filter: grayscale(1) }";
const OTHER_FONT: &str = "* { font-family: 'DejaVu Sans Mono' !important }";

#[tokio::test]
async fn a_screenshot_with_a_missing_part_does_not_match() {
    let everywhere = [BLANK_BELOW, DOWN, ASIDE, GREY, OTHER_FONT, "svg { visibility: hidden }"];
    let product = ["h1 { visibility: hidden }", ".price { visibility: hidden }", ".colours { visibility: hidden }"];
    let dashboard = ["canvas { visibility: hidden }", "#heat { visibility: hidden }", "td em { visibility: hidden }"];
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 100).await;

        for (name, page, own) in [("product", PRODUCT, product), ("dashboard", DASHBOARD, dashboard)] {
            for style in everywhere.into_iter().chain(own) {
                let body = with(window(1280, 800), json!({"html": styled(page, style)}));
                assert_looks_wrong(service, &key, name, style, &body).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn text_without_its_font_or_direction_does_not_match() {
    let (arabic, chinese) = ('\u{600}'..='\u{6ff}', '\u{4e00}'..='\u{9fff}');
    let (devanagari, emoji) = ('\u{900}'..='\u{97f}', '\u{1f300}'..='\u{1faff}');
    let (accents, one_emoji) = ('\u{c0}'..='\u{17f}', '🦊'..='🦊');
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 100).await;
        let look = async |what: &str, page: String| {
            let body = with(window(900, 800), json!({"html": page, "full_page": true}));
            assert_looks_wrong(service, &key, "scripts", what, &body).await;
        };

        for script in [arabic, chinese, devanagari, emoji, accents, one_emoji] {
            let boxes = SCRIPTS.chars().map(|letter| if script.contains(&letter) { '\u{10fffd}' } else { letter });
            look(&format!("boxes for {script:?}"), boxes.collect()).await;
        }
        look("left to right", changed(SCRIPTS, "dir=\"rtl\"", "dir=\"ltr\"")).await;
        for style in [
            "section:nth-of-type(n + 3) { visibility: hidden }",
            ASIDE,
            GREY,
            "* { font-family: 'DejaVu Sans' !important }",
        ] {
            look(style, styled(SCRIPTS, style)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_full_page_without_one_of_its_photographs_does_not_match() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 100).await;

        for photo in ["dawn", "noon", "lake", "dusk", "autumn", "night"] {
            let body = article(service, &format!("loading=eager&without={photo}"));
            assert_looks_wrong(service, &key, "article", photo, &body).await;
        }
    })
    .await;
}

#[tokio::test]
async fn an_invoice_with_a_missing_part_does_not_match() {
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 100).await;
        let look = async |what: &str, page: &str, more: Value| {
            let sheets = sheets(&invoice(service, &key, page, more).await);
            let names = (1..=3).map(|sheet| format!("invoice-{sheet}"));
            let differences: Vec<_> = names.zip(&sheets).map(|(name, sheet)| difference(&name, sheet)).collect();
            let right = sheets.len() == 3 && differences.iter().all(|difference| difference.looks_right());
            assert!(!right, "an invoice still looks right with {what}: {differences:?}");
        };

        for style in [
            "thead { display: table-row-group }",
            "svg { visibility: hidden }",
            "body { position: relative; left: 24px }",
            GREY,
            OTHER_FONT,
        ] {
            look(style, &styled(INVOICE, style), json!({})).await;
        }
        look("no colours behind", INVOICE, json!({"print_background": false})).await;
        look("the usual margins", INVOICE, json!({"margin": {}})).await;
    })
    .await;
}

#[tokio::test]
async fn slightly_different_text_rendering_matches() {
    let otherwise = "* { text-rendering: geometricPrecision }";
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 100).await;

        let pages = [("product", PRODUCT, 1280), ("dashboard", DASHBOARD, 1280), ("scripts", SCRIPTS, 900)];
        for (name, page, width) in pages {
            let asked = json!({"html": styled(page, otherwise), "full_page": true});
            let body = with(window(width, 800), asked);
            let picture = taken(service, &key, &body, ImageFormat::Png).await;

            let difference = difference(name, &picture);
            assert!(difference.looks_right(), "{name}: {difference}");
        }
    })
    .await;
}

async fn assert_looks_wrong(service: &Service, key: &str, name: &str, what: &str, body: &Value) {
    let picture = taken(service, key, body, ImageFormat::Png).await;
    let difference = difference(name, &picture);
    assert!(!difference.looks_right(), "{name} still looks right with {what}: {difference}");
}

fn styled(page: &str, style: &str) -> String {
    changed(page, "</html>", &format!("<style>{style}</style></html>"))
}

fn changed(page: &str, from: &str, to: &str) -> String {
    assert!(page.contains(from), "{from} in the page");
    page.replace(from, to)
}
