//! The state of the pool: which browsers there are, which one a job gets, and how many are missing.

use std::sync::{Arc, Weak};

use domain::id::AccountId;
use nix::unistd::Pid;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::metrics::{self, Census, End};
use crate::browser::{Browser, BrowserState, SiteIsolation};

/// The state of the pool.
#[derive(Debug)]
pub(super) struct PoolState {
    slots: usize,
    /// Serve no account yet.
    clean: Vec<Browser>,
    /// Serve an account and are not in use, the longest idle first.
    idle: Vec<(AccountId, Browser)>,
    /// How many are in use.
    busy: Count,
    /// How many are being started.
    starting: Count,
    /// Killed; their processes are still to be waited for.
    killed: Vec<Browser>,
    /// The last starts have failed.
    starts_failing: bool,
    /// All that exist, by process group.
    all: Vec<(Pid, Weak<BrowserState>)>,
    /// One task per browser: notifies when the browser retires, even while it is not in use.
    retirements: JoinSet<()>,
}

/// A number of browsers of each kind.
#[derive(Debug, Default)]
struct Count {
    isolated: usize,
    shared: usize,
}

/// What there is to do for the pool.
#[derive(Debug)]
pub(super) struct Work {
    /// Killed browsers whose processes are to be waited for.
    pub(super) killed: Vec<Browser>,
    /// The browsers to start.
    pub(super) to_start: Vec<SiteIsolation>,
}

impl Count {
    fn of<'a>(browsers: impl Iterator<Item = &'a Browser>) -> Self {
        let mut count = Self::default();
        browsers.for_each(|browser| *count.get_mut(browser.isolation()) += 1);
        count
    }

    fn get(&self, isolation: SiteIsolation) -> usize {
        match isolation {
            SiteIsolation::On => self.isolated,
            SiteIsolation::Off => self.shared,
        }
    }

    fn get_mut(&mut self, isolation: SiteIsolation) -> &mut usize {
        match isolation {
            SiteIsolation::On => &mut self.isolated,
            SiteIsolation::Off => &mut self.shared,
        }
    }
}

impl PoolState {
    pub(super) fn new(slots: usize) -> Self {
        Self {
            slots,
            clean: Vec::new(),
            idle: Vec::new(),
            busy: Count::default(),
            starting: Count::default(),
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

    pub(super) fn start_ended(&mut self, isolation: SiteIsolation) {
        *self.starting.get_mut(isolation) -= 1;
    }

    pub(super) fn set_starts_failing(&mut self, failing: bool) {
        self.starts_failing = failing;
    }

    pub(super) fn starts_failing(&self) -> bool {
        self.starts_failing
    }

    /// Whether a job of any account can get a browser soon.
    pub(super) fn is_available(&self) -> bool {
        let starting = self.starting.isolated + self.starting.shared;
        !self.starts_failing && self.clean.len() + self.idle.len() + starting > 0
    }

    pub(super) fn preferred_account(&self) -> Option<AccountId> {
        self.idle.last().map(|(account, _)| *account)
    }

    pub(super) fn busy(&self) -> Vec<(Pid, Arc<BrowserState>)> {
        let alive = self.all.iter().filter_map(|(group, state)| Some((*group, state.upgrade()?)));
        alive.filter(|(_, state)| state.is_busy()).collect()
    }

    /// The process groups of all browsers.
    pub(super) fn process_groups(&self) -> Vec<Pid> {
        self.all.iter().filter(|(_, state)| state.strong_count() > 0).map(|(group, _)| *group).collect()
    }

    /// Counts the browsers, and measures those that are busy.
    pub(super) fn census(&self) -> Census {
        Census {
            clean: self.clean.len(),
            idle: self.idle.len(),
            busy: self.busy.isolated + self.busy.shared,
            starting: self.starting.isolated + self.starting.shared,
            killed: self.killed.len(),
            memory: self.busy().iter().map(|(_, state)| state.memory()).collect(),
        }
    }

    /// How many killed browsers are still to be waited for.
    pub(super) fn killed(&self) -> usize {
        self.killed.len()
    }

    /// Takes a browser of the account that became idle last, or else a clean one.
    pub(super) fn take(&mut self, account: AccountId, isolation: SiteIsolation) -> Option<Browser> {
        let is_own = |(owner, browser): &(AccountId, Browser)| *owner == account && browser.isolation() == isolation;
        while let Some(own) = self.idle.iter().rposition(is_own) {
            let (_, browser) = self.idle.remove(own);
            if let Some(browser) = self.usable(browser) {
                *self.busy.get_mut(isolation) += 1;
                return Some(browser);
            }
        }
        while let Some(clean) = self.clean.iter().rposition(|browser| browser.isolation() == isolation) {
            let browser = self.clean.remove(clean);
            if let Some(browser) = self.usable(browser) {
                *self.busy.get_mut(isolation) += 1;
                self.kill_excess(isolation);
                return Some(browser);
            }
        }
        None
    }

    /// Puts back a browser that was in use.
    pub(super) fn put_back(&mut self, account: AccountId, browser: Browser) {
        let isolation = browser.isolation();
        *self.busy.get_mut(isolation) -= 1;
        if let Some(browser) = self.usable(browser) {
            self.idle.push((account, browser));
            self.kill_excess(isolation);
        }
    }

    /// Takes on the work that there is, if any.
    pub(super) fn next_work(&mut self) -> Option<Work> {
        self.kill_unusable();
        let mut to_start = Vec::new();
        let clean = Count::of(self.clean.iter());
        for isolation in [SiteIsolation::On, SiteIsolation::Off] {
            let existing = clean.get(isolation) + self.starting.get(isolation);
            let missing = self.clean_wanted(isolation).saturating_sub(existing);
            *self.starting.get_mut(isolation) += missing;
            to_start.extend(std::iter::repeat_n(isolation, missing));
        }
        if to_start.is_empty() && self.killed.is_empty() {
            return None;
        }
        Some(Work { killed: std::mem::take(&mut self.killed), to_start })
    }

    /// Removes all browsers that are not in use.
    pub(super) fn clear(&mut self) -> Vec<Browser> {
        let mut all: Vec<Browser> = self.idle.drain(..).map(|(_, browser)| browser).collect();
        all.append(&mut self.clean);
        for _ in &all {
            metrics::ended(End::Shutdown);
        }
        all.append(&mut self.killed);
        all
    }

    /// How many clean browsers there should be: for accounts that have none, one and another for
    /// every four slots, and for screenshots one more for every slot that has no browser of an
    /// account. PDFs are rarer: the second of two at once waits for a start, but only the first
    /// time.
    fn clean_wanted(&self, isolation: SiteIsolation) -> usize {
        let spare = 1 + self.slots / 4;
        match isolation {
            SiteIsolation::On => {
                let in_service = self.in_service(SiteIsolation::On) + self.in_service(SiteIsolation::Off);
                spare + self.slots.saturating_sub(in_service)
            }
            SiteIsolation::Off => spare,
        }
    }

    /// How many browsers serve an account.
    fn in_service(&self, isolation: SiteIsolation) -> usize {
        let idle = self.idle.iter().filter(|(_, browser)| browser.isolation() == isolation);
        self.busy.get(isolation) + idle.count()
    }

    /// Returns the browser if it may serve another job, and kills it otherwise.
    fn usable(&mut self, browser: Browser) -> Option<Browser> {
        if browser.is_reusable() {
            return Some(browser);
        }
        self.kill_used(browser);
        None
    }

    fn kill_unusable(&mut self) {
        let clean = self.clean.extract_if(.., |browser| !browser.is_reusable());
        let idle = self.idle.extract_if(.., |(_, browser)| !browser.is_reusable()).map(|(_, browser)| browser);
        let unusable: Vec<Browser> = clean.chain(idle).collect();
        for browser in unusable {
            self.kill_used(browser);
        }
    }

    fn kill_excess(&mut self, isolation: SiteIsolation) {
        while self.in_service(isolation) > self.slots {
            let longest_idle = self.idle.iter().position(|(_, browser)| browser.isolation() == isolation);
            let Some(longest_idle) = longest_idle else { return };
            let (_, browser) = self.idle.remove(longest_idle);
            self.kill(browser, End::Surplus);
        }
    }

    /// Kills a browser that may not serve another job.
    fn kill_used(&mut self, browser: Browser) {
        let end = browser.state().retirement().map_or(End::WornOut, End::Retired);
        self.kill(browser, end);
    }

    fn kill(&mut self, browser: Browser, end: End) {
        metrics::ended(end);
        browser.start_kill();
        self.killed.push(browser);
    }
}
