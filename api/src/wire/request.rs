//! Request bodies.

pub(crate) mod bulk;
pub(crate) mod pdf;
pub(crate) mod screenshot;
mod submission;
