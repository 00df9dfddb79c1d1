//! Questions about workers and events.

use chrono::{DateTime, Utc};
use domain::event::{EventCursor, EventFilter};
use domain::id::{AccountId, WorkerId};

/// A question about workers and events.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FleetQuery {
    /// The workers.
    Workers,
    /// The jobs of a worker.
    InFlight(WorkerId),
    /// The events that pass, and are new since this time.
    Tail(EventFilter, Option<DateTime<Utc>>),
    /// The events that pass, from a place in the list on.
    Page(EventFilter, Option<EventCursor>),
    /// The name of an account.
    Account(AccountId),
}
