//! The model: everything that the screen shows.

mod load;

use std::time::Duration;

use domain::overview::Overview;

pub(crate) use load::{Load, PollFailure};

/// Everything that the screen shows.
#[derive(Debug, Default)]
pub(crate) struct Model {
    overview: Load<Overview>,
    hint: Option<String>,
    now: Duration,
}

impl Model {
    /// The overview, as far as it is known.
    pub(crate) fn overview(&self) -> &Load<Overview> {
        &self.overview
    }

    /// The overview, for updates.
    pub(super) fn overview_mut(&mut self) -> &mut Load<Overview> {
        &mut self.overview
    }

    /// What there is to say about the database while all is well.
    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Sets the hint.
    pub(super) fn set_hint(&mut self, hint: Option<String>) {
        self.hint = hint;
    }

    /// The time since the console started.
    pub(crate) fn now(&self) -> Duration {
        self.now
    }

    /// Sets the time since the console started, and returns the previous one.
    pub(super) fn set_now(&mut self, now: Duration) -> Duration {
        std::mem::replace(&mut self.now, now)
    }

    /// Whether the screen changes with time alone, because it shows an age or a countdown.
    pub(crate) fn is_aging(&self) -> bool {
        match self.overview {
            Load::Connecting | Load::Live { .. } => false,
            Load::Failing(_) | Load::Stale { .. } => true,
        }
    }
}
