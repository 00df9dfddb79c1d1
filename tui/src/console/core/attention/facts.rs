//! Facts: everything that findings follow from.

use std::time::Duration;

use domain::overview::{Burn, FleetSummary, Minute, Outcomes, Overview, Snapshot};

/// The known facts about the service.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Facts<'a> {
    /// Why the database does not answer, and for how long it has not.
    pub(crate) outage: Option<(&'a str, Option<Duration>)>,
    /// A remark on its schema.
    pub(crate) hint: Option<&'a str>,
    /// How long its last answer took.
    pub(crate) took: Option<Duration>,
    /// The counts.
    pub(crate) snapshot: Option<&'a Snapshot>,
    /// The last hour, oldest first. The last minute is not over.
    pub(crate) minutes: &'a [Minute],
    /// Why jobs failed.
    pub(crate) outcomes: Option<&'a Outcomes>,
    /// Who spends credits.
    pub(crate) burn: Option<&'a Burn>,
    /// The workers.
    pub(crate) fleet: Option<&'a FleetSummary>,
}

impl<'a> Facts<'a> {
    /// The facts after everything has been read once.
    pub(crate) fn of(overview: &'a Overview) -> Self {
        Self {
            snapshot: Some(&overview.snapshot),
            minutes: &overview.throughput,
            outcomes: Some(&overview.outcomes),
            burn: Some(&overview.burn),
            fleet: Some(&overview.fleet),
            ..Self::default()
        }
    }
}
