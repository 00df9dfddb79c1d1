//! The tags that group the operations in the document.

use poem_openapi::Tags;

/// A group of operations. The document shows the groups in this order.
#[derive(Tags, strum::VariantNames)]
pub(crate) enum Tag {
    /// Render a page to a file.
    Render,
    /// Submit jobs in batches, get their status and results, and cancel them.
    Jobs,
    /// The balance of your account.
    Account,
}
