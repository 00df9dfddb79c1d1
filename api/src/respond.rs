//! Responses: result files, as a whole or in part, and headers.

pub(crate) mod conditions;
pub(crate) mod file;
pub(crate) mod headers;
pub(crate) mod range;
pub(crate) mod stream;
