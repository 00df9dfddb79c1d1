//! The pool as its users see it: acquiring a browser, and putting it back.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::id::AccountId;
use nix::unistd::Pid;
use tokio::sync::watch;
use tokio::time::timeout;

use super::budget::Budget;
use super::state::{PoolState, Work};
use crate::browser::{Browser, BrowserState, SiteIsolation};

/// How long a claimed job may wait for a browser before it is released: several times what a
/// start takes, and a third of what its lease has beyond its render.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// The most accounts that a claim prefers: several times as many as are near the head of a lane, and few
/// enough to send with each claim.
const MAX_PREFERRED: usize = 256;

/// The browsers of a worker. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct BrowserPool {
    state: Arc<Mutex<PoolState>>,
    /// Notifies when the state changes.
    changed: watch::Sender<()>,
}

/// A browser in use. Dropping it puts the browser back into the pool.
#[derive(Debug)]
pub(crate) struct PooledBrowser {
    /// `None` only in `drop`.
    browser: Option<Browser>,
    account: AccountId,
    pool: BrowserPool,
}

impl BrowserPool {
    /// A pool that starts with one clean browser.
    pub(super) fn new(budget: Budget, first: Browser) -> Self {
        let changed = watch::Sender::new(());
        let mut state = PoolState::new(budget);
        state.add(first, changed.clone());
        let state = Arc::new(Mutex::new(state));
        let counted = Arc::downgrade(&state);
        service::metrics::before_render(move || {
            if let Some(state) = counted.upgrade() {
                state.lock().unwrap_or_else(PoisonError::into_inner).census().record();
            }
        });
        Self { state, changed }
    }

    /// Waits until a job of any account can get a browser.
    pub(crate) async fn wait_until_available(&self) {
        self.wait_for(|state| state.is_available().then_some(())).await;
    }

    /// Whether the last starts of browsers have failed, so that no jobs are claimed.
    pub(crate) fn starts_failing(&self) -> bool {
        self.lock().starts_failing()
    }

    /// The accounts of browsers that are idle. Their next jobs need no new browser.
    pub(crate) fn preferred_accounts(&self) -> Vec<AccountId> {
        self.lock().idle_accounts().take(MAX_PREFERRED).collect()
    }

    /// Takes a browser for a job: one of the account, or else a clean one. Returns `None` if
    /// none is available in time.
    pub(crate) async fn acquire(&self, account: AccountId, isolation: SiteIsolation) -> Option<PooledBrowser> {
        let taken = self.wait_for(|state| self.take(state, account, isolation));
        let browser = timeout(ACQUIRE_TIMEOUT, taken).await.ok()?;
        browser.state().set_busy(true);
        self.notify();
        Some(PooledBrowser { browser: Some(browser), account, pool: self.clone() })
    }

    /// Waits for browsers to kill or to start, and takes on that work.
    pub(super) async fn next_work(&self) -> Work {
        self.wait_for(PoolState::next_work).await
    }

    /// Adds the browser of a start that was taken on.
    pub(super) fn start_succeeded(&self, browser: Browser) {
        let mut state = self.lock();
        state.start_ended(browser.isolation());
        state.add(browser, self.changed.clone());
        state.set_starts_failing(false);
        drop(state);
        self.notify();
    }

    /// Records that a start that was taken on has failed, and whether starts keep failing.
    pub(super) fn start_failed(&self, isolation: SiteIsolation, starts_failing: bool) {
        let mut state = self.lock();
        state.start_ended(isolation);
        state.set_starts_failing(starts_failing);
        drop(state);
        self.notify();
    }

    /// All browsers, by process group.
    pub(super) fn all(&self) -> Vec<(Pid, Arc<BrowserState>)> {
        self.lock().all()
    }

    /// Ends idle browsers that exceed the budget, or whose memory the system needs: `shortage` bytes.
    pub(super) fn end_excess(&self, shortage: u64) {
        let mut state = self.lock();
        let killed = state.killed();
        // Memory that is about to be freed is enough until it is.
        state.kill_excess(if killed == 0 { shortage } else { 0 });
        let ended = state.killed() > killed;
        drop(state);
        if ended {
            self.notify();
        }
    }

    /// Removes all browsers that are not in use.
    pub(super) fn clear(&self) -> Vec<Browser> {
        self.lock().clear()
    }

    fn take(&self, state: &mut PoolState, account: AccountId, isolation: SiteIsolation) -> Option<Browser> {
        let killed = state.killed();
        let taken = state.take(account, isolation);
        if state.killed() > killed {
            self.notify();
        }
        taken
    }

    fn put_back(&self, account: AccountId, browser: Browser) {
        browser.state().set_busy(false);
        self.lock().put_back(account, browser);
        self.notify();
    }

    async fn wait_for<T>(&self, mut check: impl FnMut(&mut PoolState) -> Option<T>) -> T {
        let mut changed = self.changed.subscribe();
        loop {
            changed.borrow_and_update();
            if let Some(found) = check(&mut self.lock()) {
                return found;
            }
            // Cannot fail: `self` holds a sender.
            let _changed = changed.changed().await;
        }
    }

    fn notify(&self) {
        self.changed.send_replace(());
    }

    fn lock(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for PooledBrowser {
    type Target = Browser;

    #[expect(clippy::expect_used, reason = "only drop takes it")]
    fn deref(&self) -> &Browser {
        self.browser.as_ref().expect("a pooled browser has a browser")
    }
}

impl DerefMut for PooledBrowser {
    #[expect(clippy::expect_used, reason = "only drop takes it")]
    fn deref_mut(&mut self) -> &mut Browser {
        self.browser.as_mut().expect("a pooled browser has a browser")
    }
}

impl Drop for PooledBrowser {
    fn drop(&mut self) {
        if let Some(browser) = self.browser.take() {
            self.pool.put_back(self.account, browser);
        }
    }
}
