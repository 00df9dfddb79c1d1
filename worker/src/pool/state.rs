//! The state of the pool: which browsers there are, which one a job gets, and how many are missing.

use std::sync::{Arc, Weak};

use domain::id::AccountId;
use nix::unistd::Pid;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::browser::{Browser, BrowserState};

/// The state of the pool.
#[derive(Debug)]
pub(super) struct PoolState {
    slots: usize,
    /// Serve no account yet.
    clean: Vec<Browser>,
    /// Serve an account and are not in use, the longest idle first.
    idle: Vec<(AccountId, Browser)>,
    /// How many are in use.
    busy: usize,
    /// How many are being started.
    starting: usize,
    /// Killed; their processes are still to be waited for.
    killed: Vec<Browser>,
    /// The last starts have failed.
    starts_failing: bool,
    /// All that exist, by process group.
    all: Vec<(Pid, Weak<BrowserState>)>,
    /// One task per browser: notifies when the browser retires, even while it is not in use.
    retirements: JoinSet<()>,
}

/// What there is to do for the pool.
#[derive(Debug)]
pub(super) struct Work {
    /// Killed browsers whose processes are to be waited for.
    pub(super) killed: Vec<Browser>,
    /// How many browsers to start.
    pub(super) to_start: usize,
}

impl PoolState {
    pub(super) fn new(slots: usize) -> Self {
        Self {
            slots,
            clean: Vec::new(),
            idle: Vec::new(),
            busy: 0,
            starting: 0,
            killed: Vec::new(),
            starts_failing: false,
            all: Vec::new(),
            retirements: JoinSet::new(),
        }
    }

    /// Adds a clean browser. `changed` is notified when it retires.
    pub(super) fn add(&mut self, browser: Browser, changed: watch::Sender<()>) {
        self.all.retain(|(_, state)| state.strong_count() > 0);
        while self.retirements.try_join_next().is_some() {}
        self.all.push((browser.process_group(), Arc::downgrade(browser.state())));
        let state = Arc::clone(browser.state());
        self.retirements.spawn(async move {
            state.until_retired().await;
            changed.send_replace(());
        });
        self.clean.push(browser);
    }

    pub(super) fn start_ended(&mut self) {
        self.starting -= 1;
    }

    pub(super) fn set_starts_failing(&mut self, failing: bool) {
        self.starts_failing = failing;
    }

    /// Whether a job of any account can get a browser soon.
    pub(super) fn is_available(&self) -> bool {
        !self.starts_failing && self.clean.len() + self.idle.len() + self.starting > 0
    }

    pub(super) fn preferred_account(&self) -> Option<AccountId> {
        self.idle.last().map(|(account, _)| *account)
    }

    pub(super) fn busy(&self) -> Vec<(Pid, Arc<BrowserState>)> {
        let alive = self.all.iter().filter_map(|(group, state)| Some((*group, state.upgrade()?)));
        alive.filter(|(_, state)| state.is_busy()).collect()
    }

    /// How many killed browsers are still to be waited for.
    pub(super) fn killed(&self) -> usize {
        self.killed.len()
    }

    /// Takes a browser of the account that became idle last, or else a clean one.
    pub(super) fn take(&mut self, account: AccountId) -> Option<Browser> {
        while let Some(own) = self.idle.iter().rposition(|(owner, _)| *owner == account) {
            let (_, browser) = self.idle.remove(own);
            if let Some(browser) = self.usable(browser) {
                self.busy += 1;
                return Some(browser);
            }
        }
        while let Some(browser) = self.clean.pop() {
            if let Some(browser) = self.usable(browser) {
                self.busy += 1;
                self.kill_excess();
                return Some(browser);
            }
        }
        None
    }

    /// Puts back a browser that was in use.
    pub(super) fn put_back(&mut self, account: AccountId, browser: Browser) {
        self.busy -= 1;
        if let Some(browser) = self.usable(browser) {
            self.idle.push((account, browser));
            self.kill_excess();
        }
    }

    /// Takes on the work that there is, if any.
    pub(super) fn next_work(&mut self) -> Option<Work> {
        self.kill_unusable();
        let to_start = self.clean_wanted().saturating_sub(self.clean.len() + self.starting);
        if to_start == 0 && self.killed.is_empty() {
            return None;
        }
        self.starting += to_start;
        Some(Work { killed: std::mem::take(&mut self.killed), to_start })
    }

    /// Removes all browsers that are not in use.
    pub(super) fn clear(&mut self) -> Vec<Browser> {
        let mut all: Vec<Browser> = self.idle.drain(..).map(|(_, browser)| browser).collect();
        all.append(&mut self.clean);
        all.append(&mut self.killed);
        all
    }

    /// How many clean browsers there should be: one for every slot that has no browser of an
    /// account, and for accounts that have none, one more and another for every four slots.
    fn clean_wanted(&self) -> usize {
        1 + self.slots / 4 + self.slots.saturating_sub(self.busy + self.idle.len())
    }

    /// Returns the browser if it may serve another job, and kills it otherwise.
    fn usable(&mut self, browser: Browser) -> Option<Browser> {
        if browser.is_reusable() {
            return Some(browser);
        }
        self.kill(browser);
        None
    }

    fn kill_unusable(&mut self) {
        let clean = self.clean.extract_if(.., |browser| !browser.is_reusable());
        let idle = self.idle.extract_if(.., |(_, browser)| !browser.is_reusable()).map(|(_, browser)| browser);
        let unusable: Vec<Browser> = clean.chain(idle).collect();
        for browser in unusable {
            self.kill(browser);
        }
    }

    fn kill_excess(&mut self) {
        while self.busy + self.idle.len() > self.slots && !self.idle.is_empty() {
            let (_, longest_idle) = self.idle.remove(0);
            self.kill(longest_idle);
        }
    }

    fn kill(&mut self, browser: Browser) {
        browser.start_kill();
        self.killed.push(browser);
    }
}
