//! What a tool made of a case.

use std::time::Duration;

/// The result of a case's request.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The status of the response; other tools are given 200 and 500.
    pub status: u16,
    /// The file, or the error as JSON.
    pub bytes: Vec<u8>,
    /// How long the call took.
    pub duration: Duration,
    /// How often `/download` was requested during the call.
    pub requests: usize,
}
