//! The state of the pool: which browsers there are, which one a job gets, and how many are missing.

use std::sync::{Arc, Weak};

use domain::id::AccountId;
use nix::unistd::Pid;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::budget::{Budget, ESTIMATE, Rest};
use super::count::Count;
use super::metrics::{self, Census, End};
use crate::browser::{Browser, BrowserState, SiteIsolation};

/// The state of the pool.
#[derive(Debug)]
pub(super) struct PoolState {
    budget: Budget,
    /// Serve no account yet.
    clean: Vec<Browser>,
    /// Serve an account and are not in use, the longest idle first.
    idle: Vec<Idle>,
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

/// A browser that is not in use, and the account that it serves.
#[derive(Debug)]
struct Idle {
    account: AccountId,
    browser: Browser,
    since: Instant,
}

/// What there is to do for the pool.
#[derive(Debug)]
pub(super) struct Work {
    /// Killed browsers whose processes are to be waited for.
    pub(super) killed: Vec<Browser>,
    /// The browsers to start.
    pub(super) to_start: Vec<SiteIsolation>,
}

impl PoolState {
    pub(super) fn new(budget: Budget) -> Self {
        Self {
            budget,
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
        !self.starts_failing && self.clean.len() + self.idle.len() + self.starting.sum() > 0
    }

    /// The accounts of idle browsers, that of the one which became idle last first.
    pub(super) fn idle_accounts(&self) -> impl Iterator<Item = AccountId> {
        self.idle.iter().rev().map(|idle| idle.account)
    }

    /// All that exist, by process group.
    pub(super) fn all(&self) -> Vec<(Pid, Arc<BrowserState>)> {
        self.all.iter().filter_map(|(group, state)| Some((*group, state.upgrade()?))).collect()
    }

    /// Counts the browsers and their memory.
    pub(super) fn census(&self) -> Census {
        Census {
            clean: self.clean.len(),
            idle: self.idle.len(),
            busy: self.busy.sum(),
            starting: self.starting.sum(),
            killed: self.killed.len(),
            busy_memory: self.busy_memory().collect(),
            idle_memory: self.idle.iter().map(|idle| memory(&idle.browser)).sum(),
            max_pool_memory: self.budget.memory,
        }
    }

    /// How many killed browsers are still to be waited for.
    pub(super) fn killed(&self) -> usize {
        self.killed.len()
    }

    /// Takes a browser of the account that became idle last, or else a clean one.
    pub(super) fn take(&mut self, account: AccountId, isolation: SiteIsolation) -> Option<Browser> {
        let is_own = |idle: &Idle| idle.account == account && idle.browser.isolation() == isolation;
        while let Some(own) = self.idle.iter().rposition(is_own) {
            let Idle { browser, .. } = self.idle.remove(own);
            if let Some(browser) = self.usable(browser) {
                *self.busy.get_mut(isolation) += 1;
                return Some(browser);
            }
        }
        while let Some(clean) = self.clean.iter().rposition(|browser| browser.isolation() == isolation) {
            let browser = self.clean.remove(clean);
            if let Some(browser) = self.usable(browser) {
                *self.busy.get_mut(isolation) += 1;
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
            self.idle.push(Idle { account, browser, since: Instant::now() });
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
        self.kill_excess(0);
        if to_start.is_empty() && self.killed.is_empty() {
            return None;
        }
        Some(Work { killed: std::mem::take(&mut self.killed), to_start })
    }

    /// Removes all browsers that are not in use.
    pub(super) fn clear(&mut self) -> Vec<Browser> {
        let mut all: Vec<Browser> = self.idle.drain(..).map(|idle| idle.browser).collect();
        all.append(&mut self.clean);
        for _ in &all {
            metrics::ended(End::Shutdown);
        }
        all.append(&mut self.killed);
        all
    }

    /// How many clean browsers there should be: for accounts that have none, one and another for
    /// every four slots, and for screenshots one more for every slot that has no browser of an
    /// account. PDFs and documents of the static lane have fewer: the second of two at once waits for
    /// a start, but only the first time.
    fn clean_wanted(&self, isolation: SiteIsolation) -> usize {
        let spare = 1 + self.budget.slots / 4;
        match isolation {
            SiteIsolation::On => spare + self.budget.slots.saturating_sub(self.in_service().sum()),
            SiteIsolation::Off => spare,
        }
    }

    /// How many browsers serve an account.
    fn in_service(&self) -> Count {
        let mut count = Count::of(self.idle.iter().map(|idle| &idle.browser));
        for isolation in [SiteIsolation::On, SiteIsolation::Off] {
            *count.get_mut(isolation) += self.busy.get(isolation);
        }
        count
    }

    /// The memory of each browser in use.
    fn busy_memory(&self) -> impl Iterator<Item = u64> {
        let alive = self.all.iter().filter_map(|(_, state)| state.upgrade());
        alive.filter(|state| state.is_busy()).map(|state| state.memory())
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
        let idle = self.idle.extract_if(.., |idle| !idle.browser.is_reusable()).map(|idle| idle.browser);
        let unusable: Vec<Browser> = clean.chain(idle).collect();
        for browser in unusable {
            self.kill_used(browser);
        }
    }

    /// Kills idle browsers that exceed the budget, or whose memory the system needs: `shortage` bytes.
    pub(super) fn kill_excess(&mut self, shortage: u64) {
        let clean: u64 = self.clean.iter().map(memory).sum();
        let starting = u64::try_from(self.starting.sum()).unwrap_or(u64::MAX).saturating_mul(ESTIMATE);
        let others = self.busy_memory().map(or_estimate).sum::<u64>() + clean + starting;
        let resting: Vec<Rest> = self.idle.iter().map(Idle::rest).collect();
        let excess = self.budget.excess(&resting, others, self.in_service(), shortage);
        for (index, end) in excess.into_iter().rev() {
            let Idle { browser, .. } = self.idle.remove(index);
            self.kill(browser, end);
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

impl Idle {
    fn rest(&self) -> Rest {
        let Self { browser, since, .. } = self;
        Rest { isolation: browser.isolation(), memory: memory(browser), duration: since.elapsed() }
    }
}

/// The memory of a browser, in bytes.
fn memory(browser: &Browser) -> u64 {
    or_estimate(browser.state().memory())
}

/// A measurement, or an estimate before the first.
fn or_estimate(measured: u64) -> u64 {
    if measured == 0 { ESTIMATE } else { measured }
}
