//! Which events are listed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::recorded::EventLevel;
use crate::id::JobId;

/// Which events are listed: those that match every part that is set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventFilter {
    /// Events of these levels. None: of all.
    pub levels: Vec<EventLevel>,
    /// Events of this kind, or of all that begin with it, if it ends with a dot: `worker.`.
    pub kind: Option<String>,
    /// Events of this job.
    pub job: Option<JobId>,
    /// Events of the worker of this name or id.
    pub worker: Option<String>,
    /// Events of the account of this name or id.
    pub account: Option<String>,
    /// Changes by this operator.
    pub actor: Option<String>,
    /// Failures with this error code.
    pub code: Option<String>,
    /// Events at or after this time.
    pub since: Option<DateTime<Utc>>,
    /// Events at or before this time.
    pub until: Option<DateTime<Utc>>,
}

/// The largest number of events of a page.
pub const MAX_PAGE: i64 = 500;

/// How many rows are read at most for a page whose filter no index serves.
pub const MAX_EXAMINED: i64 = 4_000;

/// How many rows are read at most for a page if they lie far apart.
const MAX_SPARSE: i64 = 250;

/// The kind of the events that jobs which failed are listed as.
pub(super) const FAILED: &str = "job.failed";

impl EventFilter {
    /// The names of the levels; `None`: all.
    pub(super) fn level_names(&self) -> Option<Vec<String>> {
        (!self.levels.is_empty()).then(|| self.levels.iter().map(|level| level.name().to_owned()).collect())
    }

    /// Whether only changes by operators pass, which have an index.
    pub(super) fn is_audit(&self) -> bool {
        self.actor.is_some() || self.levels == [EventLevel::Audit]
    }

    /// How many rows are read for a page of this many.
    pub(super) fn examined(&self, limit: i64) -> i64 {
        let is_tail = self.since.is_some() && limit == MAX_PAGE;
        match (self.is_selective(), self.is_sparse()) {
            (false, _) => limit,
            (true, true) if is_tail => MAX_SPARSE / 2,
            (true, false) if is_tail => limit,
            (true, true) => limit.max(MAX_SPARSE),
            (true, false) => MAX_EXAMINED,
        }
    }

    /// Whether the rows that are read lie far apart, so that each is on a page of its own.
    fn is_sparse(&self) -> bool {
        self.is_audit() || self.worker.is_some() || self.account.is_some() || self.code.is_some()
    }

    /// Whether events pass that have rows of their own.
    pub(super) fn passes_events(&self) -> bool {
        self.code.is_none()
    }

    /// Whether jobs that failed pass.
    pub(super) fn passes_failures(&self) -> bool {
        let of_level = self.levels.is_empty() || self.levels.contains(&EventLevel::Error);
        let of_kind =
            self.kind.as_deref().is_none_or(|kind| kind == FAILED || (kind.ends_with('.') && FAILED.starts_with(kind)));
        of_level && of_kind && self.actor.is_none()
    }

    /// Whether rows that are read may have to be left out.
    fn is_selective(&self) -> bool {
        let subjects = [self.worker.is_some(), self.account.is_some(), self.job.is_some(), self.code.is_some()];
        !self.levels.is_empty()
            || self.kind.is_some()
            || self.actor.is_some()
            || self.since.is_some()
            || self.until.is_some()
            || subjects.into_iter().filter(|is_set| *is_set).count() > 1
    }

    pub(super) fn worker_id(&self) -> Option<Uuid> {
        self.worker.as_deref().and_then(|worker| worker.parse().ok())
    }

    pub(super) fn account_id(&self) -> Option<Uuid> {
        self.account.as_deref().and_then(|account| account.parse().ok())
    }
}
