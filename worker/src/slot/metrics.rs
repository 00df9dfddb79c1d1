//! Metrics of renders: one of each per attempt.

use std::time::Duration;

use domain::job::{ErrorCode, JobType};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use super::outcome::{Outcome, RenderOutcome};

const RENDERS: &str = "tintype_renders_total";
const IN_FLIGHT: &str = "tintype_renders_in_flight";
const DURATION: &str = "tintype_render_seconds";
const PHASE: &str = "tintype_render_phase_seconds";

/// The phases of an attempt, in their order. To connect is a part of to navigate.
const PHASES: [&str; 6] = ["browser", "connect", "navigate", "wait", "capture", "store"];

/// Describes the metrics of renders, and starts their counters at zero.
pub(crate) fn describe() {
    describe_counter!(RENDERS, "Attempts that ended, by type, outcome, and error code if they failed.");
    describe_gauge!(IN_FLIGHT, "Attempts that hold a lease.");
    describe_histogram!(DURATION, "Seconds from the start of a render to its file or failure, by type.");
    describe_histogram!(
        PHASE,
        "Seconds of each phase of an attempt: browser until there is one, store until the database has the outcome."
    );
    gauge!(IN_FLIGHT).set(0.0);
    for kind in [JobType::Screenshot, JobType::Pdf] {
        let _registered = histogram!(DURATION, "type" => <&str>::from(kind));
        for outcome in ["completed", "released", "lease_lost", "unknown"] {
            counter!(RENDERS, "type" => <&str>::from(kind), "outcome" => outcome, "code" => "").increment(0);
        }
    }
    for phase in PHASES {
        let _registered = histogram!(PHASE, "phase" => phase);
    }
}

/// An attempt that holds a lease. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Attempt(());

impl Attempt {
    pub(super) fn begin() -> Self {
        gauge!(IN_FLIGHT).increment(1.0);
        Self(())
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        gauge!(IN_FLIGHT).decrement(1.0);
    }
}

/// Counts an attempt that ended. The type is unknown if the options could not be read.
pub(super) fn attempt_ended(kind: Option<JobType>, rendered: &RenderOutcome, outcome: &Outcome, store: Duration) {
    let kind = kind.map_or("unknown", <&str>::from);
    let (outcome, code) = match outcome {
        Outcome::Completed { .. } => ("completed", None),
        Outcome::Failed(code) => ("failed", Some(code)),
        Outcome::Retrying(code) => ("retrying", Some(code)),
        Outcome::Released => ("released", None),
        Outcome::LeaseLost => ("lease_lost", None),
        Outcome::Unknown(_) => ("unknown", None),
    };
    let code = code.map_or("", ErrorCode::name).to_owned();
    counter!(RENDERS, "type" => kind, "outcome" => outcome, "code" => code).increment(1);
    histogram!(PHASE, "phase" => "store").record(store);
    if let Some(timings) = rendered.timings() {
        histogram!(DURATION, "type" => kind).record(seconds(timings.total_ms));
        let phases = [
            ("connect", timings.connect_ms),
            ("navigate", timings.navigate_ms),
            ("wait", timings.wait_ms),
            ("capture", timings.capture_ms),
        ];
        // A render that fails does not reach the later phases.
        for (phase, ms) in phases.into_iter().filter(|(_, ms)| *ms > 0) {
            histogram!(PHASE, "phase" => phase).record(seconds(ms));
        }
    }
}

/// Records how long an attempt waited for its browser.
pub(super) fn browser_ready(waited: Duration) {
    histogram!(PHASE, "phase" => "browser").record(waited);
}

fn seconds(ms: u64) -> f64 {
    Duration::from_millis(ms).as_secs_f64()
}
