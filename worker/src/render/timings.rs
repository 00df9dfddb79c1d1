//! Timings: how long each phase of a render takes, however it ends.

use std::time::Duration;

use domain::job::{Blocked, Timings};
use tokio::time::Instant;

use crate::egress::EgressReport;

/// A phase of a render.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Until the response starts to arrive.
    Navigate,
    /// Until the page is ready.
    Wait,
    /// Until the file is made.
    Capture,
}

/// Measures each phase, and the whole render.
#[derive(Debug)]
pub(super) struct PhaseTimer {
    start: Instant,
    phase_start: Instant,
    phase: Phase,
    timings: Timings,
}

impl PhaseTimer {
    /// Starts with [`Phase::Navigate`].
    pub(super) fn start() -> Self {
        let start = Instant::now();
        Self { start, phase_start: start, phase: Phase::Navigate, timings: Timings::default() }
    }

    /// Ends the current phase and begins another, which may have been measured before.
    pub(super) fn enter(&mut self, phase: Phase) {
        let elapsed = milliseconds(self.phase_start.elapsed());
        match self.phase {
            Phase::Navigate => self.timings.navigate_ms += elapsed,
            Phase::Wait => self.timings.wait_ms += elapsed,
            Phase::Capture => self.timings.capture_ms += elapsed,
        }
        (self.phase, self.phase_start) = (phase, Instant::now());
    }

    /// Ends the render, and adds what its proxy session measured.
    pub(super) fn stop(mut self, report: EgressReport) -> (Timings, Blocked) {
        self.enter(self.phase);
        let connect = report.resolve_duration.unwrap_or_default() + report.connect_duration.unwrap_or_default();
        let timings =
            Timings { connect_ms: milliseconds(connect), total_ms: milliseconds(self.start.elapsed()), ..self.timings };
        (timings, report.blocked)
    }
}

/// A duration as it is logged and stored.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
