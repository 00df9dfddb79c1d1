//! The routes. Each calls one verb of the domain and converts its result to a response.

mod balance;
mod bulk;
mod docs;
mod document;
mod health;
mod job_list;
mod jobs;
mod metrics;
mod ping;
mod render;
mod results;
mod retry;
mod tag;
mod usage;

use std::sync::Arc;

use poem::{Endpoint, EndpointExt, Response, Route};

use crate::openapi::document::ApiDocument;

pub(crate) use document::document;

/// Returns the OpenAPI document as JSON, as it is committed.
pub fn openapi_json() -> String {
    document().to_json()
}

/// Returns the endpoint that serves all routes.
pub(crate) fn all(document: &Arc<ApiDocument>) -> impl Endpoint<Output = Response> + use<> {
    Route::new()
        .at("/", poem::get(docs::root))
        .at("/openapi.json", poem::get(docs::json(Arc::clone(document))))
        .at("/openapi.yaml", poem::get(docs::yaml(Arc::clone(document))))
        .at("/docs", poem::get(docs::page(Arc::clone(document))))
        .at("/health/live", poem::get(health::live))
        .at("/health/ready", poem::get(health::ready))
        .at("/metrics", poem::get(metrics::metrics))
        .nest_no_strip("/v1", document::operations())
        .map_to_response()
}
