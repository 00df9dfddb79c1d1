//! The pages, and how they are rendered: by the whole service.

use harness::Service;
use image::{ImageFormat, RgbImage};
use serde_json::{Value, json};

pub(crate) const PRODUCT: &str = include_str!("pages/product.html");
pub(crate) const SCRIPTS: &str = include_str!("pages/scripts.html");
pub(crate) const DASHBOARD: &str = include_str!("pages/dashboard.html");
pub(crate) const INVOICE: &str = include_str!("pages/invoice.html");

/// What a page is rendered with, beside its HTML or its URL.
pub(crate) fn window(width: u32, height: u32) -> Value {
    json!({"viewport": {"width": width, "height": height}})
}

/// Two JSON objects as one.
pub(crate) fn with(mut body: Value, more: Value) -> Value {
    let (Value::Object(fields), Value::Object(more)) = (&mut body, more) else { panic!("two objects") };
    fields.extend(more);
    body
}

/// What the whole article is rendered with, its photographs asked for in such a way.
pub(crate) fn article(service: &Service, photos: &str) -> Value {
    let url = service.site.page(&format!("/gallery/article?{photos}"));
    with(window(640, 800), json!({"url": url, "full_page": true, "wait_for": "load"}))
}

/// Asks for a picture, asserts that it is of a format, and decodes it.
pub(crate) async fn taken(service: &Service, key: &str, body: &Value, format: ImageFormat) -> RgbImage {
    let answer = service.post(key, "/v1/screenshot", body).await;

    let expected = (200, format.to_mime_type());
    assert_eq!((answer.status, answer.header("content-type")), expected, "{:?}", answer.json());
    image::load_from_memory_with_format(&answer.bytes, format).expect("a whole picture").into_rgb8()
}
