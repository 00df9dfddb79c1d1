//! The file to produce.

pub(crate) mod pdf;
pub(crate) mod screenshot;
