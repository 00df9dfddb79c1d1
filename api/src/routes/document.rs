//! The documented operations, and the OpenAPI document made from them.

use poem_openapi::{ContactObject, LicenseObject, OpenApiService, ServerObject};
use strum::VariantNames;

use super::balance::BalanceApi;
use super::bulk::BulkApi;
use super::job_list::JobListApi;
use super::jobs::JobsApi;
use super::ping::PingApi;
use super::render::RenderApi;
use super::results::ResultsApi;
use super::retry::RetryApi;
use super::tag::Tag;
use super::usage::UsageApi;
use crate::openapi::Examples;
use crate::openapi::document::ApiDocument;

/// All documented operations.
pub(super) type Operations =
    (RenderApi, BulkApi, JobListApi, JobsApi, ResultsApi, RetryApi, BalanceApi, UsageApi, PingApi);

const DESCRIPTION: &str = include_str!("document/description.md");

/// The examples of requests and responses, by operation.
const EXAMPLES: &str = include_str!("document/examples.json");

/// Returns the documented operations.
pub(super) fn operations() -> OpenApiService<Operations, ()> {
    let operations = (RenderApi, BulkApi, JobListApi, JobsApi, ResultsApi, RetryApi, BalanceApi, UsageApi, PingApi);
    OpenApiService::new(operations, "Tintype", env!("CARGO_PKG_VERSION"))
        .description(DESCRIPTION.trim_end())
        .contact(ContactObject::new().name("The operator of this service").url("/docs"))
        .license(LicenseObject::new("MIT OR Apache-2.0").url("https://spdx.org/licenses/MIT.html"))
        .server(ServerObject::new("/").description("This service"))
}

/// Builds the OpenAPI document of all operations.
pub(crate) fn document() -> ApiDocument {
    ApiDocument::from_emitted(&operations().spec(), Tag::VARIANTS, &Examples::parse(EXAMPLES))
}

#[cfg(test)]
mod tests;
