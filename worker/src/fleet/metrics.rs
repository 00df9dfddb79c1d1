//! Metrics of the fleet, as this worker sees it.

use metrics::{counter, describe_counter, describe_gauge, gauge};

const BEATS: &str = "tintype_beats_total";
const REGISTERED: &str = "tintype_worker_registered";
const SWEEP_LAG: &str = "tintype_sweep_lag_seconds";

/// Describes them, and starts the counters at zero.
pub(crate) fn describe() {
    describe_counter!(BEATS, "Beats of this worker, by outcome. After 10 s without one it stops its renders.");
    describe_gauge!(REGISTERED, "Whether this worker may work: it is registered, and its beats succeed.");
    describe_gauge!(SWEEP_LAG, "For how long a bucket of expired results could have been deleted that was not.");
    for outcome in ["success", "failure"] {
        counter!(BEATS, "outcome" => outcome).increment(0);
    }
    for name in [REGISTERED, SWEEP_LAG] {
        gauge!(name).set(0.0);
    }
}

/// Counts a beat.
pub(super) fn beat(succeeded: bool) {
    counter!(BEATS, "outcome" => if succeeded { "success" } else { "failure" }).increment(1);
}

/// Records whether this worker may work.
pub(super) fn registered(registered: bool) {
    gauge!(REGISTERED).set(if registered { 1.0 } else { 0.0 });
}

/// Records how late expired results are deleted.
pub(super) fn sweep_lag(seconds: f64) {
    gauge!(SWEEP_LAG).set(seconds);
}
