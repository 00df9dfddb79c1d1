//! The document, and the page to explore it with, from this binary alone.

use std::sync::LazyLock;

use poem::http::header;
use poem::{IntoResponse, Response, handler};

use crate::document::{openapi_json, openapi_yaml};

static JSON: LazyLock<String> = LazyLock::new(openapi_json);
static YAML: LazyLock<String> = LazyLock::new(openapi_yaml);
static PAGE: LazyLock<String> = LazyLock::new(|| {
    let service = super::service();
    service.swagger_ui_html().replace(&service.spec(), &JSON)
});

#[handler]
pub(super) fn json() -> Response {
    text("application/json", &JSON)
}

#[handler]
pub(super) fn yaml() -> Response {
    text("application/yaml", &YAML)
}

#[handler]
pub(super) fn page() -> Response {
    text("text/html; charset=utf-8", &PAGE)
}

fn text(content_type: &'static str, text: &'static str) -> Response {
    text.with_header(header::CONTENT_TYPE, content_type).into_response()
}
