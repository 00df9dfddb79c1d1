//! `GET /openapi.json`, `/openapi.yaml` and `/docs`, without any external resources.

use std::sync::{Arc, LazyLock};

use poem::http::header;
use poem::{Endpoint, IntoResponse, Response, endpoint};

use super::document::operations;
use crate::openapi::document::ApiDocument;

pub(super) fn json(document: Arc<ApiDocument>) -> impl Endpoint<Output = Response> {
    text("application/json", move || document.to_json())
}

pub(super) fn yaml(document: Arc<ApiDocument>) -> impl Endpoint<Output = Response> {
    text("application/yaml", move || document.to_yaml())
}

/// Serves Swagger UI. poem-openapi embeds its own document in the page; it is replaced by the
/// patched one.
pub(super) fn page(document: Arc<ApiDocument>) -> impl Endpoint<Output = Response> {
    text("text/html; charset=utf-8", move || {
        let operations = operations();
        operations.swagger_ui_html().replace(&operations.spec(), &document.to_json())
    })
}

/// Serves a text that is built on the first request.
fn text(
    content_type: &'static str,
    build: impl FnOnce() -> String + Send + Sync + 'static,
) -> impl Endpoint<Output = Response> {
    let text = LazyLock::new(build);
    endpoint::make_sync(move |_| {
        let text: &String = &text;
        text.clone().with_header(header::CONTENT_TYPE, content_type).into_response()
    })
}
