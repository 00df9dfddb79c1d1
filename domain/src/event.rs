//! Events: what happened that the row of no job shows.
//!
//! The statement that causes an event also writes it. Events are kept for 30 days, as long as
//! the rows of jobs. Jobs that failed are listed among them.

mod filter;
mod merge;
mod page;
mod recorded;

pub use filter::{EventFilter, MAX_EXAMINED, MAX_PAGE};
pub use page::{EventCursor, EventPage, latest, page, tail};
pub use recorded::{Event, EventId, EventLevel};

use crate::DbError;
use crate::db::constraint;

/// Who makes a change, and why. Every change by an operator is recorded with its actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who, such as `ada@host-1`.
    pub name: String,
    /// Why, in the operator's own words.
    pub reason: Option<String>,
}

impl Actor {
    /// An actor that gives no reason.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), reason: None }
    }
}

/// Whether a change failed because it has been made already: its confirmation was sent before.
pub fn is_repeated(error: &DbError) -> bool {
    constraint(error) == Some("event_of_confirmation")
}
