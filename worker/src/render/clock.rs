//! Where the time of a render goes: one phase after the other, however it ends.

use domain::job::{Blocked, Timings};
use tokio::time::Instant;

use super::milliseconds;
use crate::egress::Report;

/// A phase of a render.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Until the page begins to arrive.
    Navigate,
    /// Until it is ready.
    Wait,
    /// Until the file is made.
    Capture,
}

/// A clock for each phase, and one for the whole.
#[derive(Debug)]
pub(super) struct Clock {
    start: Instant,
    since: Instant,
    phase: Phase,
    timings: Timings,
}

impl Clock {
    pub(super) fn start() -> Self {
        let start = Instant::now();
        Self { start, since: start, phase: Phase::Navigate, timings: Timings::default() }
    }

    /// Ends a phase, and begins another. A page that is left for another is waited for anew.
    pub(super) fn enter(&mut self, phase: Phase) {
        let spent = milliseconds(self.since.elapsed());
        match self.phase {
            Phase::Navigate => self.timings.navigate_ms += spent,
            Phase::Wait => self.timings.wait_ms += spent,
            Phase::Capture => self.timings.capture_ms += spent,
        }
        (self.phase, self.since) = (phase, Instant::now());
    }

    /// Ends the last phase, and adds what the gate knows.
    pub(super) fn stop(mut self, report: Report) -> (Timings, Blocked) {
        self.enter(self.phase);
        let connect = report.resolved_in.unwrap_or_default() + report.connected_in.unwrap_or_default();
        let timings =
            Timings { connect_ms: milliseconds(connect), total_ms: milliseconds(self.start.elapsed()), ..self.timings };
        (timings, report.blocked)
    }
}
