//! Screens: what each knows, asks for, and does with keys.

pub(crate) mod account;
pub(crate) mod account_pane;
pub(crate) mod accounts;
pub(crate) mod events;
pub(crate) mod expiries;
pub(crate) mod job;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod layout;
pub(crate) mod overview;
mod state;
pub(crate) mod workers;

pub(crate) use state::{Context, ScreenState};

use super::route::Screen;

/// All screens.
#[derive(Debug, Default)]
pub(crate) struct Screens {
    /// See [`Screen::Overview`].
    pub(crate) overview: overview::State,
    /// See [`Screen::Jobs`].
    pub(crate) jobs: jobs::State,
    /// See [`Screen::Job`].
    pub(crate) job: job::State,
    /// See [`Screen::Workers`].
    pub(crate) workers: workers::State,
    /// See [`Screen::Accounts`].
    pub(crate) accounts: accounts::State,
    /// See [`Screen::Account`].
    pub(crate) account: account::State,
    /// See [`Screen::Keys`].
    pub(crate) keys: keys::State,
    /// See [`Screen::Expiries`].
    pub(crate) expiries: expiries::State,
    /// See [`Screen::Events`].
    pub(crate) events: events::State,
}

impl Screens {
    /// A screen.
    pub(crate) fn get(&self, screen: Screen) -> &dyn ScreenState {
        match screen {
            Screen::Overview => &self.overview,
            Screen::Jobs => &self.jobs,
            Screen::Job => &self.job,
            Screen::Workers => &self.workers,
            Screen::Accounts => &self.accounts,
            Screen::Account => &self.account,
            Screen::Keys => &self.keys,
            Screen::Expiries => &self.expiries,
            Screen::Events => &self.events,
        }
    }

    /// A screen, for updates.
    pub(crate) fn get_mut(&mut self, screen: Screen) -> &mut dyn ScreenState {
        match screen {
            Screen::Overview => &mut self.overview,
            Screen::Jobs => &mut self.jobs,
            Screen::Job => &mut self.job,
            Screen::Workers => &mut self.workers,
            Screen::Accounts => &mut self.accounts,
            Screen::Account => &mut self.account,
            Screen::Keys => &mut self.keys,
            Screen::Expiries => &mut self.expiries,
            Screen::Events => &mut self.events,
        }
    }
}
