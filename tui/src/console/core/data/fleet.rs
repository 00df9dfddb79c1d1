//! Data about workers and events.

use domain::event::{EventFilter, EventPage};
use domain::id::{AccountId, WorkerId};
use domain::worker::{Fleet, InFlightJob};
use serde::{Deserialize, Serialize};

/// The answer to a question about workers and events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FleetData {
    /// See [`FleetQuery::Workers`](crate::console::core::query::FleetQuery::Workers).
    Workers(Fleet),
    /// The jobs of a worker.
    InFlight(WorkerId, Vec<InFlightJob>),
    /// What may be new, and the filter that it passes.
    Tail(EventFilter, EventPage),
    /// Older events, and the filter that they pass.
    Page(EventFilter, EventPage),
    /// The name of an account, if there is such an account.
    Account(AccountId, Option<String>),
}
