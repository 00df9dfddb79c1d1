//! `GET /openapi.json`, `/openapi.yaml` and `/docs`, without any external resources.

use std::sync::{Arc, LazyLock};

use poem::web::Redirect;
use poem::{Endpoint, Response, endpoint, handler};
use tokio_util::bytes::Bytes;

use super::document::operations;
use crate::openapi::document::ApiDocument;

/// The start of the page, which poem-openapi leaves out or names after itself.
const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n    <meta charset=\"utf-8\">\n    \
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n    <link rel=\"icon\" href=\"data:,\">\n    \
    <title>Tintype</title>";

/// The options of Swagger UI, and a plugin that offers PDFs as downloads. Without it, their bytes
/// are shown as text.
const OPTIONS: &str = "dom_id: '#ui',
        persistAuthorization: true,
        displayRequestDuration: true,
        defaultModelsExpandDepth: 0,
        plugins: [(system) => ({
            wrapComponents: {
                responseBody: (Original) => (props) => {
                    const isPdf = /^application\\/pdf/i.test(props.contentType || '');
                    const download = { 'content-disposition': 'attachment; filename=\"tintype.pdf\"' };
                    const headers = isPdf ? { ...props.headers, ...download } : props.headers;
                    return system.React.createElement(Original, { ...props, headers });
                },
            },
        })],";

pub(super) fn json(document: Arc<ApiDocument>) -> impl Endpoint<Output = Response> {
    text("application/json", move || document.to_json())
}

pub(super) fn yaml(document: Arc<ApiDocument>) -> impl Endpoint<Output = Response> {
    text("application/yaml", move || document.to_yaml())
}

/// Leads to the documentation.
#[handler]
pub(super) fn root() -> Redirect {
    Redirect::temporary("/docs")
}

/// Serves Swagger UI. poem-openapi embeds its own document in the page; it is replaced by the
/// patched one.
pub(super) fn page(document: Arc<ApiDocument>) -> impl Endpoint<Output = Response> {
    text("text/html; charset=utf-8", move || {
        let operations = operations();
        let (own, emitted) = (embeddable(&document.to_json()), operations.spec());
        let page = operations.swagger_ui_html().replace(&emitted, &own).replacen("dom_id: '#ui',", OPTIONS, 1);
        // The head of the template ends with its title.
        page.split_once("<title>Swagger UI</title>").map_or_else(String::new, |(_, rest)| format!("{HEAD}{rest}"))
    })
}

/// Escapes JSON for a script, which any `</script>` or `<!--` in it would disturb.
fn embeddable(json: &str) -> String {
    json.replace("</", "<\\/").replace("<!--", "<\\u0021--")
}

/// Serves a text that is built on the first request. All responses share it, because a copy of the page takes
/// more than a megabyte for each client that reads slowly.
fn text(
    content_type: &'static str,
    build: impl FnOnce() -> String + Send + Sync + 'static,
) -> impl Endpoint<Output = Response> {
    let text = LazyLock::new(move || Bytes::from(build()));
    endpoint::make_sync(move |_| Response::builder().content_type(content_type).body(Bytes::clone(&text)))
}

#[cfg(test)]
mod tests {
    use super::embeddable;

    #[test]
    fn a_document_cannot_end_the_script_that_embeds_it() {
        assert_eq!(embeddable(r#"{"a": "</script><!--"}"#), r#"{"a": "<\/script><\u0021--"}"#);
    }
}
