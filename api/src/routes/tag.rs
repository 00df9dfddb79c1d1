//! The tags that group the operations in the document.

use poem_openapi::Tags;

/// A group of operations. The document shows the groups in this order.
#[derive(Tags, strum::VariantNames)]
pub(crate) enum Tag {
    /// Render a page to an image or a PDF.
    Render,
    /// Submit batches; list, get, cancel and retry jobs; download their files.
    Jobs,
    /// Get the balance and usage of your account, and check your API key.
    Account,
}
