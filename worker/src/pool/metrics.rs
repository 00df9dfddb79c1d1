//! Metrics of the browsers.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use crate::browser::Retirement;

const SLOTS: &str = "tintype_slots";
const BROWSERS: &str = "tintype_browsers";
const MEMORY: &str = "tintype_browser_memory_bytes";
const MAX_MEMORY: &str = "tintype_browser_memory_max_bytes";
const IDLE_MEMORY: &str = "tintype_idle_browser_memory_bytes";
const MAX_POOL_MEMORY: &str = "tintype_pool_memory_max_bytes";
const STARTS: &str = "tintype_browser_starts_total";
const START: &str = "tintype_browser_start_seconds";
const ENDS: &str = "tintype_browser_ends_total";

/// Describes them, and starts the counters at zero.
pub(crate) fn describe(slots: u16) {
    describe_gauge!(SLOTS, "Pages that this worker renders at once.");
    describe_gauge!(BROWSERS, "Browsers by state: clean, idle for their account, busy, starting, or killed.");
    describe_gauge!(MEMORY, "Memory of the browsers that are busy, without files that they share.");
    describe_gauge!(MAX_MEMORY, "Memory of the largest browser that is busy.");
    describe_gauge!(IDLE_MEMORY, "Memory of the browsers that are idle.");
    describe_gauge!(MAX_POOL_MEMORY, "Memory beyond which the longest idle browsers are ended.");
    describe_counter!(STARTS, "Starts of browsers by outcome.");
    describe_histogram!(START, "Seconds that a browser took to start.");
    describe_counter!(ENDS, "Ends of browsers by reason. Those that exited had crashed.");
    gauge!(SLOTS).set(f64::from(slots));
    for outcome in ["success", "failure"] {
        counter!(STARTS, "outcome" => outcome).increment(0);
    }
    for end in End::ALL {
        counter!(ENDS, "reason" => end.name()).increment(0);
    }
    let _registered = histogram!(START);
}

/// Why a browser ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    Retired(Retirement),
    /// It is old, or has rendered many pages, and is replaced as a precaution.
    WornOut,
    /// The pool's memory or its number of browsers is used up, and it was idle for longest.
    Surplus,
    /// It was idle for long.
    Idle,
    /// It was idle, and the system needs its memory.
    Pressure,
    /// The worker ends.
    Shutdown,
}

/// The browsers of a pool by state, and their memory in bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Census {
    pub(super) clean: usize,
    pub(super) idle: usize,
    pub(super) busy: usize,
    pub(super) starting: usize,
    pub(super) killed: usize,
    pub(super) busy_memory: Vec<u64>,
    pub(super) idle_memory: u64,
    pub(super) max_pool_memory: u64,
}

impl End {
    const ALL: [Self; 8] = [
        Self::Retired(Retirement::Exited),
        Self::Retired(Retirement::Memory),
        Self::Retired(Retirement::Damaged),
        Self::WornOut,
        Self::Surplus,
        Self::Idle,
        Self::Pressure,
        Self::Shutdown,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Retired(Retirement::Exited) => "exited",
            Self::Retired(Retirement::Memory) => "memory",
            Self::Retired(Retirement::Damaged) => "damaged",
            Self::WornOut => "worn_out",
            Self::Surplus => "surplus",
            Self::Idle => "idle",
            Self::Pressure => "pressure",
            Self::Shutdown => "shutdown",
        }
    }
}

impl Census {
    pub(super) fn record(self) {
        let Self { clean, idle, busy, starting, killed, busy_memory, idle_memory, max_pool_memory } = self;
        for (state, browsers) in
            [("clean", clean), ("idle", idle), ("busy", busy), ("starting", starting), ("killed", killed)]
        {
            gauge!(BROWSERS, "state" => state).set(f64::from(u32::try_from(browsers).unwrap_or(u32::MAX)));
        }
        gauge!(MEMORY).set(number(busy_memory.iter().sum()));
        gauge!(IDLE_MEMORY).set(number(idle_memory));
        gauge!(MAX_POOL_MEMORY).set(number(max_pool_memory));
        gauge!(MAX_MEMORY).set(number(busy_memory.iter().max().copied().unwrap_or_default()));
    }
}

/// Counts a start that ended.
pub(super) fn started(succeeded: bool, took: Duration) {
    counter!(STARTS, "outcome" => if succeeded { "success" } else { "failure" }).increment(1);
    if succeeded {
        histogram!(START).record(took);
    }
}

/// Counts a browser that ends.
pub(super) fn ended(end: End) {
    counter!(ENDS, "reason" => end.name()).increment(1);
}

#[expect(clippy::cast_precision_loss, reason = "metrics are floating-point numbers")]
fn number(bytes: u64) -> f64 {
    bytes as f64
}
