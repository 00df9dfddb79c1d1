//! Data that is polled, which may be missing or out of date.

use std::time::Duration;

/// Data that is polled. While it is missing there is no value, so that no screen can show an
/// unknown number as zero. Times are since the start of the console.
#[derive(Debug, Default, PartialEq)]
pub(crate) enum Load<T> {
    /// The first response has not arrived yet.
    #[default]
    Connecting,
    /// There has been no response, for this reason.
    Failing(PollFailure),
    /// The data is up to date.
    Live {
        /// The data.
        data: T,
        /// When it arrived.
        since: Duration,
    },
    /// The data is out of date.
    Stale {
        /// The last data that arrived.
        data: T,
        /// When it arrived.
        since: Duration,
        /// Why there is nothing newer.
        failure: PollFailure,
    },
}

/// Why the database could not be polled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PollFailure {
    /// The reason, in one line.
    pub(crate) reason: String,
    /// The number of attempts that have failed in a row.
    pub(crate) attempts: u32,
    /// When the next attempt is made; `None` while a response may still arrive.
    pub(crate) retry_at: Option<Duration>,
}

impl<T> Load<T> {
    /// The last data that arrived.
    pub(crate) fn data(&self) -> Option<&T> {
        match self {
            Self::Connecting | Self::Failing(_) => None,
            Self::Live { data, .. } | Self::Stale { data, .. } => Some(data),
        }
    }
}
