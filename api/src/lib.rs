//! The HTTP API of Tintype: `/v1`, its OpenAPI document and the health checks.
//!
//! [`middleware`](crate::middleware) gives every request an id and every error the same
//! shape. [`extract`](crate::extract) authenticates the caller and validates the body against
//! the served document, reporting all invalid fields at once. [`wire`](crate::wire) converts
//! the body to domain values. A route calls one verb of the domain and converts the result
//! to a response. This crate contains no business rules and no SQL.

mod app;
mod call;
mod client;
mod config;
mod connection;
mod error;
mod extract;
mod health;
mod metrics;
mod middleware;
mod openapi;
mod request_log;
mod respond;
mod routes;
mod sampler;
mod server;
mod trace;
mod wire;

pub use client::TrustedProxies;
pub use config::Config;
pub use routes::openapi_json;
pub use server::serve;
