//! Replenishing the pool: starts browsers before they are needed, and waits for killed ones to exit.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::warn;

use super::browsers::BrowserPool;
use super::budget::Budget;
use super::metrics;
use crate::backoff::Backoff;
use crate::browser::{Browser, Launcher, StartError};
use crate::config::Config;

/// The first pause after a failed start.
const MIN_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// After how many failed starts in a row no more jobs are claimed. A single failure may be
/// transient.
const FAILURES_BEFORE_PAUSE: u32 = 2;

/// After how many failed starts in a row the worker exits: five seconds, with the pauses. Its
/// supervisor may restart it, here or on another machine.
const MAX_FAILURES: u32 = 6;

/// Starts the browsers of a pool. Dropping it kills those that are not in use.
#[derive(Debug)]
pub(crate) struct Replenisher {
    launcher: Launcher,
    product: String,
    pool: BrowserPool,
}

impl Replenisher {
    /// Starts the first browser, without which a worker cannot work.
    pub(crate) async fn start(config: &Config) -> Result<Self, StartError> {
        let mut backoff = Backoff::new(MIN_PAUSE, MAX_PAUSE);
        let mut failures = 0;
        loop {
            let began = Instant::now();
            let detected = Launcher::detect(config).await;
            metrics::started(detected.is_ok(), began.elapsed());
            match detected {
                Ok((launcher, first)) => {
                    let product = first.product().to_owned();
                    let pool = BrowserPool::new(Budget::new(config), first);
                    return Ok(Self { launcher, product, pool });
                }
                Err(error @ (StartError::Binary(_) | StartError::User(_) | StartError::Fonts(_))) => return Err(error),
                Err(error) => {
                    failures += 1;
                    if failures == MAX_FAILURES {
                        return Err(error);
                    }
                    warn!("cannot start a browser: {error}");
                }
            }
            backoff.sleep().await;
        }
    }

    /// The name and version of the first browser.
    pub(crate) fn product(&self) -> &str {
        &self.product
    }

    pub(crate) fn launcher(&self) -> &Launcher {
        &self.launcher
    }

    pub(crate) fn pool(&self) -> BrowserPool {
        self.pool.clone()
    }

    /// Keeps the pool filled until browsers no longer start, and returns the last error.
    pub(crate) async fn run(self) -> StartError {
        let Self { launcher, pool, .. } = &self;
        let mut exits = JoinSet::new();
        let mut backoff = Backoff::new(MIN_PAUSE, MAX_PAUSE);
        let mut failures = 0;
        loop {
            let work = pool.next_work().await;
            while exits.try_join_next().is_some() {}
            for browser in work.killed {
                exits.spawn(browser.kill());
            }
            // One after the other: in parallel, all of them take as long as the last one here.
            for isolation in work.to_start {
                let began = Instant::now();
                let launched = launcher.launch(isolation).await;
                metrics::started(launched.is_ok(), began.elapsed());
                match launched {
                    Ok(browser) => {
                        failures = 0;
                        backoff.reset();
                        pool.start_succeeded(browser);
                    }
                    Err(error) => {
                        failures += 1;
                        pool.start_failed(isolation, failures >= FAILURES_BEFORE_PAUSE);
                        if failures == MAX_FAILURES {
                            return error;
                        }
                        warn!("cannot start a browser: {error}");
                        backoff.sleep().await;
                    }
                }
            }
        }
    }
}

impl Drop for Replenisher {
    fn drop(&mut self) {
        let browsers = self.pool.clear();
        // Kills all of them before waiting for each.
        browsers.iter().for_each(Browser::start_kill);
    }
}
