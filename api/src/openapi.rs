//! The OpenAPI document: built from what poem-openapi emits, and validated against.
//!
//! This module knows no route: the emitted document is passed in.

mod aliases;
pub(crate) mod document;
mod lookup;
mod messages;
mod nearest;
mod parameters;
mod patch;
mod reachable;
mod reference;
mod scalars;
pub(crate) mod validate;

pub(crate) use messages::truncated;
pub(crate) use reference::Examples;
