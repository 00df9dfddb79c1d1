//! Access: whether the operator may change anything now.

use std::time::Duration;

/// How long changes stay unlocked.
pub(crate) const UNLOCKED_FOR: Duration = Duration::from_mins(10);

/// How long the console may be out of focus until it locks changes.
pub(crate) const UNFOCUSED_FOR: Duration = Duration::from_mins(5);

/// Whether the operator may change anything. Changes are locked until asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum WriteAccess {
    /// Nothing can be changed.
    #[default]
    Locked,
    /// The connection for changes is being opened.
    Opening,
    /// Changes are possible until then.
    Unlocked(Duration),
}

impl WriteAccess {
    /// Whether changes are possible.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Unlocked(_))
    }

    /// How long changes stay unlocked.
    pub(crate) fn left(self, now: Duration) -> Option<Duration> {
        match self {
            Self::Unlocked(until) => Some(until.saturating_sub(now)),
            Self::Locked | Self::Opening => None,
        }
    }
}
