//! Converts the errors of building a response to error responses.

use crate::error::problem::{Problem, internal};
use crate::respond::file::UnexpectedMediaType;

impl From<UnexpectedMediaType> for Problem {
    fn from(UnexpectedMediaType(content_type): UnexpectedMediaType) -> Self {
        tracing::error!(content_type, "a stored result has an unexpected media type");
        internal()
    }
}
