//! The meaning of bytes.

use super::response::Response;
use crate::console::core::input::Input;

/// The meaning of some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::console::terminal) enum Event {
    /// The operator did something.
    Input(Input),
    /// The terminal responded to a query.
    Response(Response),
}
