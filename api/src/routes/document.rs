//! The documented operations, and the OpenAPI document made from them.

use poem_openapi::OpenApiService;
use strum::VariantNames;

use super::balance::BalanceApi;
use super::bulk::BulkApi;
use super::jobs::JobsApi;
use super::render::RenderApi;
use super::results::ResultsApi;
use super::tag::Tag;
use crate::openapi::document::ApiDocument;

/// All documented operations.
pub(super) type Operations = (RenderApi, BulkApi, JobsApi, ResultsApi, BalanceApi);

const DESCRIPTION: &str = "Renders URLs and HTML to screenshots and PDFs, as durable jobs.\n\n\
    Every request must be authenticated with an API key, in the `X-API-Key` header or as a bearer token. \
    The body of every error response is an `ErrorBody`.";

/// Returns the documented operations.
pub(super) fn operations() -> OpenApiService<Operations, ()> {
    let operations = (RenderApi, BulkApi, JobsApi, ResultsApi, BalanceApi);
    OpenApiService::new(operations, "Tintype", env!("CARGO_PKG_VERSION")).description(DESCRIPTION).server("/")
}

/// Builds the OpenAPI document of all operations.
pub(crate) fn document() -> ApiDocument {
    ApiDocument::from_emitted(&operations().spec(), Tag::VARIANTS)
}

#[cfg(test)]
mod tests;
