//! How a case uses Tintype: the calls, the accounts that make them, and the worker's settings.

use serde::Serialize;

use super::load::Load;

/// How Tintype is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Call {
    /// Synchronously, with as many concurrent calls as there are slots.
    Synchronous,
    /// Synchronously, with twice as many concurrent calls, so that jobs wait for slots and no slot for a job.
    Queued,
    /// In batches, after which the results are fetched.
    Bulk,
}

/// What a job renders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// A page that is navigated to.
    Url,
    /// A document that is sent with the job.
    Html,
}

/// The memory that the worker's browsers may use together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PoolMemory {
    /// The worker's default.
    Default,
    /// This many GiB.
    Gib(u8),
}

/// Whether documents that run no script and load nothing may take the static lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StaticLane {
    /// The worker's default.
    Default,
    /// They take it.
    On,
    /// They are rendered like all others.
    Off,
}

/// The memory that all browsers of a worker may use, in MiB.
const POOL_MEMORY: &str = "TINTYPE_POOL_MEMORY";

/// Whether the static lane is on.
const STATIC_LANE: &str = "TINTYPE_STATIC_LANE";

/// The settings of the worker that cases change, by their environment variables.
pub(super) const SETTINGS: [&str; 2] = [POOL_MEMORY, STATIC_LANE];

/// The settings of the worker that cases change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WorkerSettings {
    /// The memory for browsers.
    pub(crate) pool: PoolMemory,
    /// The static lane.
    pub(crate) lane: StaticLane,
}

/// How a case uses Tintype.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TintypeCase {
    /// How it is called.
    pub(crate) call: Call,
    /// The input of its jobs.
    pub(crate) input: Input,
    /// The accounts.
    pub(crate) load: Load,
    /// The settings of its worker.
    pub(crate) settings: WorkerSettings,
}

impl Call {
    fn title(self) -> &'static str {
        match self {
            Self::Synchronous => "synchronous",
            Self::Queued => "synchronous, as many waiting",
            Self::Bulk => "bulk",
        }
    }
}

impl Input {
    /// Its field of the request.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Html => "html",
        }
    }
}

impl PoolMemory {
    /// The limit in MB, if there is one.
    pub(crate) fn limit_mb(self) -> Option<f64> {
        match self {
            Self::Default => None,
            Self::Gib(gib) => Some(f64::from(gib) * 1024.0),
        }
    }
}

impl WorkerSettings {
    /// The worker's defaults.
    pub(crate) const DEFAULT: Self = Self { pool: PoolMemory::Default, lane: StaticLane::Default };

    /// The environment of the worker.
    pub(crate) fn environment(self) -> Vec<(&'static str, String)> {
        let pool = match self.pool {
            PoolMemory::Default => None,
            PoolMemory::Gib(gib) => Some((POOL_MEMORY, (u32::from(gib) * 1024).to_string())),
        };
        let lane = match self.lane {
            StaticLane::Default => None,
            StaticLane::On => Some((STATIC_LANE, "true".to_owned())),
            StaticLane::Off => Some((STATIC_LANE, "false".to_owned())),
        };
        pool.into_iter().chain(lane).collect()
    }

    fn title(self) -> String {
        let pool = match self.pool {
            PoolMemory::Default => String::new(),
            PoolMemory::Gib(gib) => format!(", {gib} GiB for browsers"),
        };
        let lane = match self.lane {
            StaticLane::Default => "",
            StaticLane::On => ", static lane on",
            StaticLane::Off => ", static lane off",
        };
        format!("{pool}{lane}")
    }
}

impl TintypeCase {
    /// One account, and the worker's defaults.
    pub(crate) const fn new(call: Call, input: Input) -> Self {
        Self { call, input, load: Load::ONE_ACCOUNT, settings: WorkerSettings::DEFAULT }
    }

    /// Its name in the table.
    pub(crate) fn title(self) -> String {
        let (input, call) = (self.input.name(), self.call.title());
        format!("**Tintype**, `{input}`, {call}, {}{}", self.load.title(), self.settings.title())
    }
}
