//! HTTP in, jobs out: the `/v1` of Tintype.
//!
//! A request passes through [`envelope`](crate::envelope), which gives it an id and every
//! error its one shape; [`auth`](crate::auth) makes it a caller's; [`strict`](crate::strict)
//! checks its body against the very document that is served, and names every field that is
//! wrong; the shapes in [`wire`](crate::wire) become values of the domain; a route calls one
//! verb and translates the answer. No rule lives here, and no SQL.

mod auth;
mod check;
mod config;
mod document;
mod envelope;
mod problem;
mod routes;
mod server;
mod service;
mod stream;
mod strict;
mod turnstile;
mod waiters;
mod wire;

pub use config::Config;
pub use document::openapi_json;
pub use server::serve;
