//! Where browsers stand while nobody renders in them.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use domain::id::AccountId;
use nix::unistd::Pid;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::browser::{Browser, State};

/// How long a job may wait for a browser, once it is claimed: several times what starting
/// one takes, and a third of what its lease has beyond its render. It is given back after that.
const PATIENCE: Duration = Duration::from_secs(5);

/// The browsers of a worker. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    browsers: Arc<Mutex<Browsers>>,
    /// Rings whenever something is put on the shelf or taken from it.
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct Browsers {
    slots: usize,
    /// Serve nobody yet.
    clean: Vec<Browser>,
    /// Serve an account, and rest; the longest rested first.
    resting: Vec<(AccountId, Browser)>,
    /// How many are rendered in.
    busy: usize,
    /// How many are being started.
    starting: usize,
    /// Are of no further use.
    spent: Vec<Browser>,
    /// The last attempts to start one have failed.
    failing: bool,
    /// All that were ever started, and live.
    watched: Vec<(Pid, Weak<State>)>,
    /// Rings for each of them that is of no further use, also while nobody asks for it.
    watching: JoinSet<()>,
}

/// A browser while a job is rendered in it. Dropping it puts the browser back.
#[derive(Debug)]
pub(crate) struct Seat {
    browser: Option<Browser>,
    account: AccountId,
    shelf: Shelf,
}

/// What the keeper is to do.
#[derive(Debug)]
pub(super) struct Duty {
    pub(super) spent: Vec<Browser>,
    pub(super) to_start: usize,
}

impl Shelf {
    /// A shelf for so many slots, with a first browser on it.
    pub(super) fn new(slots: usize, first: Browser) -> Self {
        let changed = watch::Sender::new(());
        let mut browsers = Browsers {
            slots,
            clean: Vec::new(),
            resting: Vec::new(),
            busy: 0,
            starting: 0,
            spent: Vec::new(),
            failing: false,
            watched: Vec::new(),
            watching: JoinSet::new(),
        };
        browsers.add(first, changed.clone());
        Self { browsers: Arc::new(Mutex::new(browsers)), changed }
    }

    /// Waits until there is a browser for a job.
    pub(crate) async fn ready(&self) {
        self.until(|browsers| (!browsers.failing && browsers.can_serve()).then_some(())).await;
    }

    /// The account that a browser rests of, the one that was last in use: its next job
    /// would be rendered without a new one.
    pub(crate) fn preferred(&self) -> Option<AccountId> {
        self.lock().resting.last().map(|(account, _)| *account)
    }

    /// Takes a browser for a job: the account's own, else a clean one. `None` where there is
    /// none in time.
    pub(crate) async fn take(&self, account: AccountId) -> Option<Seat> {
        let taken = self.until(|browsers| {
            let spent = browsers.spent.len();
            let taken = browsers.take(account);
            if browsers.spent.len() > spent {
                self.changed.send_replace(());
            }
            taken
        });
        let browser = timeout(PATIENCE, taken).await.ok()?;
        browser.state().set_busy(true);
        self.changed.send_replace(());
        Some(Seat { browser: Some(browser), account, shelf: self.clone() })
    }

    /// Waits for something to do, and takes it on.
    pub(super) async fn duty(&self) -> Duty {
        self.until(Browsers::duty).await
    }

    /// Puts a clean browser on the shelf; or takes note that there will be none.
    pub(super) fn started(&self, browser: Option<Browser>) {
        let mut browsers = self.lock();
        browsers.starting -= 1;
        if let Some(browser) = browser {
            browsers.add(browser, self.changed.clone());
        }
        drop(browsers);
        self.changed.send_replace(());
    }

    /// Takes note of whether browsers can be started at all.
    pub(super) fn fails(&self, failing: bool) {
        self.lock().failing = failing;
        self.changed.send_replace(());
    }

    /// The browsers that are rendered in, by the groups of their processes.
    pub(super) fn watched(&self) -> Vec<(Pid, Arc<State>)> {
        let browsers = self.lock();
        let live = browsers.watched.iter().filter_map(|(group, state)| Some((*group, state.upgrade()?)));
        live.filter(|(_, state)| state.is_busy()).collect()
    }

    /// Calls off everything, for the worker ends.
    pub(super) fn clear(&self) -> Vec<Browser> {
        let mut browsers = self.lock();
        let resting = std::mem::take(&mut browsers.resting).into_iter().map(|(_, browser)| browser);
        let mut all: Vec<Browser> = resting.collect();
        all.append(&mut browsers.clean);
        all.append(&mut browsers.spent);
        all
    }

    async fn until<T>(&self, mut look: impl FnMut(&mut Browsers) -> Option<T>) -> T {
        let mut changed = self.changed.subscribe();
        loop {
            changed.borrow_and_update();
            if let Some(found) = look(&mut self.lock()) {
                return found;
            }
            // The sender is ours: it lives.
            let _rung = changed.changed().await;
        }
    }

    fn back(&self, account: AccountId, browser: Browser) {
        browser.state().set_busy(false);
        let mut browsers = self.lock();
        browsers.busy -= 1;
        browsers.put(account, browser);
        drop(browsers);
        self.changed.send_replace(());
    }

    fn lock(&self) -> MutexGuard<'_, Browsers> {
        self.browsers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Browsers {
    /// Puts a clean browser on the shelf.
    fn add(&mut self, browser: Browser, changed: watch::Sender<()>) {
        self.watched.retain(|(_, state)| state.strong_count() > 0);
        while self.watching.try_join_next().is_some() {}
        self.watched.push((browser.group(), Arc::downgrade(browser.state())));
        let state = Arc::clone(browser.state());
        self.watching.spawn(async move {
            state.retired().await;
            changed.send_replace(());
        });
        self.clean.push(browser);
    }

    /// Whether a job of any account could be rendered soon.
    fn can_serve(&self) -> bool {
        self.clean.len() + self.resting.len() + self.starting > 0
    }

    fn take(&mut self, account: AccountId) -> Option<Browser> {
        while let Some(own) = self.resting.iter().rposition(|(whose, _)| *whose == account) {
            let (_, browser) = self.resting.remove(own);
            if let Some(browser) = self.fit(browser) {
                self.busy += 1;
                return Some(browser);
            }
        }
        while let Some(browser) = self.clean.pop() {
            if let Some(browser) = self.fit(browser) {
                self.busy += 1;
                self.make_room();
                return Some(browser);
            }
        }
        None
    }

    fn put(&mut self, account: AccountId, browser: Browser) {
        if let Some(browser) = self.fit(browser) {
            self.resting.push((account, browser));
            self.make_room();
        }
    }

    fn fit(&mut self, browser: Browser) -> Option<Browser> {
        if browser.is_fit() {
            return Some(browser);
        }
        self.spend(browser);
        None
    }

    fn spend(&mut self, browser: Browser) {
        browser.end();
        self.spent.push(browser);
    }

    fn make_room(&mut self) {
        while self.busy + self.resting.len() > self.slots && !self.resting.is_empty() {
            let (_, longest) = self.resting.remove(0);
            self.spend(longest);
        }
    }

    /// Beside those that serve an account: one for every slot that has none, and one more
    /// for every four slots, for who comes next.
    fn wanted(&self) -> usize {
        1 + self.slots / 4 + self.slots.saturating_sub(self.busy + self.resting.len())
    }

    /// Takes those off the shelf that are of no further use.
    fn put_away(&mut self) {
        let unfit = self.clean.extract_if(.., |browser| !browser.is_fit());
        let rested = self.resting.extract_if(.., |(_, browser)| !browser.is_fit()).map(|(_, browser)| browser);
        let unfit: Vec<Browser> = unfit.chain(rested).collect();
        for browser in unfit {
            self.spend(browser);
        }
    }

    fn duty(&mut self) -> Option<Duty> {
        self.put_away();
        let to_start = self.wanted().saturating_sub(self.clean.len() + self.starting);
        if to_start == 0 && self.spent.is_empty() {
            return None;
        }
        self.starting += to_start;
        Some(Duty { spent: std::mem::take(&mut self.spent), to_start })
    }
}

impl Deref for Seat {
    type Target = Browser;

    #[expect(clippy::expect_used, reason = "it is taken out by drop alone")]
    fn deref(&self) -> &Browser {
        self.browser.as_ref().expect("a seat has a browser")
    }
}

impl DerefMut for Seat {
    #[expect(clippy::expect_used, reason = "it is taken out by drop alone")]
    fn deref_mut(&mut self) -> &mut Browser {
        self.browser.as_mut().expect("a seat has a browser")
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(browser) = self.browser.take() {
            self.shelf.back(self.account, browser);
        }
    }
}
