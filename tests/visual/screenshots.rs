//! Screenshots of realistic pages.

use harness::{Service, with_service};
use image::{ImageFormat, RgbImage};
use serde_json::{Value, json};

use super::golden::{assert_looks_like, assert_looks_right};
use super::page::{DASHBOARD, PRODUCT, SCRIPTS, article, taken, window, with};

#[tokio::test]
async fn a_product_page_looks_right_as_a_png() {
    let picture = rendered(ImageFormat::Png, |_| product("png")).await;

    assert_eq!(picture.dimensions(), (1280, 800));
    assert_looks_right("product", &picture);
}

#[tokio::test]
async fn a_product_page_looks_right_as_a_jpeg() {
    let picture = rendered(ImageFormat::Jpeg, |_| product("jpeg")).await;

    assert_looks_like("product", &picture);
}

#[tokio::test]
async fn a_product_page_looks_right_as_a_webp() {
    let picture = rendered(ImageFormat::WebP, |_| product("webp")).await;

    assert_looks_like("product", &picture);
}

#[tokio::test]
async fn a_full_page_looks_right_with_every_photograph() {
    let picture = rendered(ImageFormat::Png, |service| article(service, "loading=eager")).await;

    assert_looks_right("article", &picture);
}

#[tokio::test]
async fn a_full_page_that_is_scrolled_through_looks_right_with_every_lazy_photograph() {
    let lazy = |service: &Service| with(article(service, "loading=lazy"), json!({"scroll": true}));

    let picture = rendered(ImageFormat::Png, lazy).await;

    assert_looks_like("article", &picture);
}

#[tokio::test]
async fn long_text_in_arabic_chinese_devanagari_latin_and_emoji_looks_right() {
    let page = with(window(900, 800), json!({"html": SCRIPTS, "full_page": true}));

    let picture = rendered(ImageFormat::Png, |_| page).await;

    assert_looks_right("scripts", &picture);
}

#[tokio::test]
async fn a_dashboard_looks_right_with_its_canvases_and_its_svg() {
    let page = with(window(1280, 800), json!({"html": DASHBOARD}));

    let picture = rendered(ImageFormat::Png, |_| page).await;

    assert_eq!(picture.dimensions(), (1280, 800));
    assert_looks_right("dashboard", &picture);
}

/// One golden image serves all formats: they differ only by the loss of their compression.
fn product(format: &str) -> Value {
    with(window(1280, 800), json!({"html": PRODUCT, "format": format, "quality": 85}))
}

async fn rendered(format: ImageFormat, body: impl FnOnce(&Service) -> Value) -> RgbImage {
    let mut picture = None;
    with_service(async |service| {
        service.worker(1).await;
        let key = service.account("ada", 1).await;

        picture = Some(taken(service, &key, &body(service), format).await);
    })
    .await;
    picture.expect("a picture")
}
