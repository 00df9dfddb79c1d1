//! The OpenAPI document: built from what poem-openapi emits, and validated against.
//!
//! This module knows no route: the emitted document is passed in.

pub(crate) mod document;
mod lookup;
mod messages;
mod patch;
mod reachable;
mod validate;

pub(crate) use messages::truncated;
