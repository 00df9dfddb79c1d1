//! Data that is read from the database, which may be missing, on its way, or out of date.

use std::time::Duration;

/// Data that is read from the database. While it is missing there is no value, so that no screen can show an unknown
/// number as zero; while newer data is on its way or cannot be read, the last one stays. Times are since the start of
/// the console.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Load<T> {
    last: Option<(T, Duration)>,
    state: LoadState,
}

/// The state of the next data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LoadState {
    /// Nothing was asked since the last answer.
    Idle,
    /// It was asked for at this time.
    Loading(Duration),
    /// It could not be read, for this reason.
    Failed(String),
}

impl<T> Default for Load<T> {
    fn default() -> Self {
        Self { last: None, state: LoadState::Idle }
    }
}

impl<T> Load<T> {
    /// The last data that arrived.
    pub(crate) fn data(&self) -> Option<&T> {
        self.last.as_ref().map(|(data, _)| data)
    }

    /// When the last data arrived.
    pub(crate) fn at(&self) -> Option<Duration> {
        self.last.as_ref().map(|(_, at)| *at)
    }

    /// The state of the next data.
    pub(crate) fn state(&self) -> &LoadState {
        &self.state
    }

    /// Why the next data could not be read.
    pub(crate) fn failure(&self) -> Option<&str> {
        match &self.state {
            LoadState::Failed(reason) => Some(reason),
            LoadState::Idle | LoadState::Loading(_) => None,
        }
    }

    /// Records that the data was asked for.
    pub(crate) fn asked(&mut self, now: Duration) {
        if !matches!(self.state, LoadState::Loading(_)) {
            self.state = LoadState::Loading(now);
        }
    }

    /// Replaces the data.
    pub(crate) fn arrived(&mut self, now: Duration, data: T) {
        *self = Self { last: Some((data, now)), state: LoadState::Idle };
    }

    /// Keeps the last data, and records why there is nothing newer.
    pub(crate) fn failed(&mut self, reason: String) {
        self.state = LoadState::Failed(reason);
    }

    /// Forgets everything: the next data answers another question.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Load, LoadState};

    #[test]
    fn the_last_data_stays_until_newer_data_arrives() {
        let mut load = Load::default();
        assert_eq!((load.data(), load.failure()), (None, None));

        load.arrived(Duration::from_secs(1), 7);
        load.asked(Duration::from_secs(2));
        load.failed("no answer".to_owned());
        assert_eq!(
            (load.data(), load.at(), load.failure()),
            (Some(&7), Some(Duration::from_secs(1)), Some("no answer"))
        );

        load.asked(Duration::from_secs(3));
        load.asked(Duration::from_secs(4));
        assert_eq!(load.state(), &LoadState::Loading(Duration::from_secs(3)));
    }
}
