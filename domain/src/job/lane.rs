//! Lanes: each account queues in two, so that its bulk jobs never delay its interactive ones.

/// The lane a job is queued in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lane {
    /// Someone waits for the result.
    #[default]
    Interactive,
    /// The job may wait.
    Bulk,
}

/// How far from the head of its lane a job of a preferred account may be, in jobs.
pub const PREFERENCE_WINDOW: i64 = 32;

/// How far its tag may be from that of the head, in jobs of an account of weight 1. So a preferred account
/// overtakes another by this many jobs at most, however many it has, and then the other is next. Accounts with
/// one job each have tags within one such step, so that more would only let some wait longer.
pub const PREFERENCE_STEPS: i64 = 1;

/// One of this many consecutive claims looks at the bulk lane first.
const BULK_SHARE: u32 = 5;

impl Lane {
    /// The number in the database.
    pub(crate) fn number(self) -> i16 {
        match self {
            Self::Interactive => 0,
            Self::Bulk => 1,
        }
    }

    /// The lane with this number.
    pub(super) fn of(number: i16) -> Self {
        if number == Self::Bulk.number() { Self::Bulk } else { Self::Interactive }
    }

    /// Its name, for metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::Bulk => "bulk",
        }
    }

    /// The lane that is looked at second.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Interactive => Self::Bulk,
            Self::Bulk => Self::Interactive,
        }
    }

    /// The lane that the `n`-th claim of a worker looks at first.
    pub(super) fn first(n: u32) -> Self {
        if n % BULK_SHARE == BULK_SHARE - 1 { Self::Bulk } else { Self::Interactive }
    }
}
