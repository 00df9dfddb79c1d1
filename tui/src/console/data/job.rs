//! Jobs of a lane.

use crate::console::core::schedule::Fetch;

/// A job of a lane.
#[expect(clippy::large_enum_variant, reason = "few exist at once")]
#[derive(Debug)]
pub(super) enum Job {
    /// Ask a query.
    Fetch(Fetch),
    /// Try to reach the database now.
    Reconnect,
}
