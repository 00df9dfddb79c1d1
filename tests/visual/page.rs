//! The pages, and functions that render them with the whole service.

use harness::Service;
use image::{ImageFormat, RgbImage};
use serde_json::{Value, json};

pub(crate) const PRODUCT: &str = include_str!("pages/product.html");
pub(crate) const SCRIPTS: &str = include_str!("pages/scripts.html");
pub(crate) const DASHBOARD: &str = include_str!("pages/dashboard.html");
pub(crate) const INVOICE: &str = include_str!("pages/invoice.html");

/// The option for a viewport of this size.
pub(crate) fn window(width: u32, height: u32) -> Value {
    json!({"viewport": {"width": width, "height": height}})
}

/// Merges two JSON objects.
pub(crate) fn with(mut body: Value, more: Value) -> Value {
    let (Value::Object(fields), Value::Object(more)) = (&mut body, more) else { panic!("two objects") };
    fields.extend(more);
    body
}

/// The request for the full article, with a query that says how its photographs load.
pub(crate) fn article(service: &Service, photos: &str) -> Value {
    let url = service.site.page(&format!("/gallery/article?{photos}"));
    with(window(640, 800), json!({"url": url, "full_page": true, "wait_for": "load"}))
}

/// Takes a screenshot, asserts its format, and decodes it.
pub(crate) async fn taken(service: &Service, key: &str, body: &Value, format: ImageFormat) -> RgbImage {
    let response = service.post(key, "/v1/screenshot", body).await;

    let expected = (200, format.to_mime_type());
    assert_eq!((response.status, response.header("content-type")), expected, "{:?}", response.json());
    image::load_from_memory_with_format(&response.bytes, format).expect("a whole picture").into_rgb8()
}
