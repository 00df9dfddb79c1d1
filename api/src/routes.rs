//! The routes: each calls one verb of the domain and translates its answer.

mod balance;
mod bulk;
mod docs;
mod errors;
mod file;
mod health;
mod jobs;
mod limit;
mod once;
mod range;
mod render;
mod wait;

pub(crate) use errors::no_such_job;

use poem::{Endpoint, EndpointExt, Response, Route};
use poem_openapi::{OpenApiService, Tags};

type Routes = (render::Routes, bulk::Routes, jobs::Routes, balance::Routes);

/// What the document groups operations by.
#[derive(Tags)]
pub(crate) enum Tag {
    /// One page to one file.
    Render,
    /// Many pages at once, and what became of them.
    Jobs,
    /// What is left to spend.
    Account,
}

/// The documented operations.
pub(crate) fn service() -> OpenApiService<Routes, ()> {
    let routes = (render::Routes, bulk::Routes, jobs::Routes, balance::Routes);
    OpenApiService::new(routes, "Tintype", env!("CARGO_PKG_VERSION"))
        .description("Turns URLs and HTML into screenshots and PDFs, as durable jobs.\n\nEvery request needs a key, as `X-API-Key` or as a bearer token. Every error has the one shape of `ErrorBody`.")
        .server("/")
}

/// Everything that is served.
pub(crate) fn all() -> impl Endpoint<Output = Response> {
    Route::new()
        .at("/openapi.json", poem::get(docs::json))
        .at("/openapi.yaml", poem::get(docs::yaml))
        .at("/docs", poem::get(docs::page))
        .at("/health/live", poem::get(health::live))
        .at("/health/ready", poem::get(health::ready))
        .nest("/", service())
        .map_to_response()
}
