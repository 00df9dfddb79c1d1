//! Turns the patched document into a reference: names, formats, codes, headers and examples.
//!
//! Everything here applies by rule, so that it holds for operations and fields that are added.

mod codes;
mod examples;
mod headers;
mod identifiers;
mod names;
mod operations;
mod success;
mod text;

use serde_json::Value;

pub(crate) use examples::Examples;

/// Completes the document. The examples are listed by operation.
pub(super) fn complete(document: &mut Value, examples: &Examples) {
    names::rename(document);
    identifiers::describe(document);
    codes::describe(document);
    success::describe(document);
    headers::describe(document);
    text::unwrap(document);
    examples::add(document, examples);
}
