//! The keeper: starts browsers before they are needed, and ends those that are spent.

use std::time::Duration;

use tokio::task::JoinSet;
use tracing::warn;

use super::Shelf;
use crate::backoff::Backoff;
use crate::browser::{Browser, Launcher, StartError};
use crate::config::Config;

/// The first pause after an attempt to start a browser that came to nothing.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest.
const PAUSE: Duration = Duration::from_secs(2);

/// After how many failures in a row nothing is claimed any more: one may be chance.
const DOUBTS: u32 = 2;

/// After how many the worker gives up: five seconds, with the pauses. Whoever started it
/// knows more about the machine, and may start it anew elsewhere.
const FAILURES: u32 = 6;

/// How browsers are started here, and where they stand.
#[derive(Debug)]
pub(crate) struct Keeper {
    launcher: Launcher,
    product: String,
    shelf: Shelf,
}

impl Keeper {
    /// Starts the first browser: without one there is no worker.
    pub(crate) async fn open(config: &Config) -> Result<Self, StartError> {
        let mut backoff = Backoff::new(FIRST_PAUSE, PAUSE);
        let mut failures = 0;
        loop {
            match Launcher::try_out(config).await {
                Ok((launcher, first)) => {
                    let product = first.product().to_owned();
                    let shelf = Shelf::new(config.slots.into(), first);
                    return Ok(Self { launcher, product, shelf });
                }
                Err(error @ (StartError::Binary(_) | StartError::User(_))) => return Err(error),
                Err(error) => {
                    failures += 1;
                    if failures == FAILURES {
                        return Err(error);
                    }
                    warn!("cannot start a browser: {error}");
                }
            }
            backoff.rest().await;
        }
    }

    /// The name and version of the first browser.
    pub(crate) fn product(&self) -> &str {
        &self.product
    }

    /// Shows the browsers.
    pub(crate) fn shelf(&self) -> Shelf {
        self.shelf.clone()
    }

    /// Keeps browsers on the shelf, until none can be started any more.
    pub(crate) async fn keep(self) -> StartError {
        let Self { launcher, shelf, .. } = &self;
        let mut ending = JoinSet::new();
        let mut backoff = Backoff::new(FIRST_PAUSE, PAUSE);
        let mut failures = 0;
        loop {
            let duty = shelf.duty().await;
            while ending.try_join_next().is_some() {}
            for browser in duty.spent {
                ending.spawn(browser.kill());
            }
            // One after the other: together they would take as long, and the first the longer.
            for _ in 0..duty.to_start {
                match launcher.start().await {
                    Ok(browser) => {
                        failures = 0;
                        backoff.reset();
                        shelf.started(Some(browser));
                        shelf.fails(false);
                    }
                    Err(error) => {
                        failures += 1;
                        shelf.started(None);
                        shelf.fails(failures >= DOUBTS);
                        if failures == FAILURES {
                            return error;
                        }
                        warn!("cannot start a browser: {error}");
                        backoff.rest().await;
                    }
                }
            }
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let browsers = self.shelf.clear();
        // All at once, and then each is waited for.
        browsers.iter().for_each(Browser::end);
    }
}
