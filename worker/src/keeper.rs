//! The keeper: sees to it that there is a browser to render in.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{info, warn};

use crate::backoff::Backoff;
use crate::browser::{self, Binary, Browser, Identity, Running, StartError};
use crate::config::Config;

/// The first pause after an attempt to start a browser that came to nothing.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest.
const PAUSE: Duration = Duration::from_secs(10);

/// How browsers are started here, and the one in use.
#[derive(Debug)]
pub(crate) struct Keeper {
    binary: Binary,
    identity: Identity,
    running: Running,
    published: watch::Sender<Option<Arc<Browser>>>,
}

impl Keeper {
    /// Starts the first browser: without one there is no worker.
    pub(crate) async fn open(config: &Config) -> Result<Self, StartError> {
        let binary = browser::find(config.chromium.as_deref())?;
        let identity = browser::identity(&config.browser_user)?;
        browser::sweep(&identity);
        let running = browser::start(&binary, &identity).await?;
        let published = watch::Sender::new(Some(Arc::clone(&running.browser)));
        Ok(Self { binary, identity, running, published })
    }

    /// The name and version of the first browser.
    pub(crate) fn product(&self) -> &str {
        self.running.browser.product()
    }

    /// Shows the browser to render in: none while one is being started.
    pub(crate) fn browsers(&self) -> watch::Receiver<Option<Arc<Browser>>> {
        self.published.subscribe()
    }

    /// Replaces the browser whenever it retires. One that has retired lives until nobody
    /// renders in it. One that nothing was ever rendered in counts as none.
    pub(crate) async fn keep(mut self) {
        let mut closing = JoinSet::new();
        let mut backoff = Backoff::new(FIRST_PAUSE, PAUSE);
        loop {
            let reason = self.running.retired().await;
            self.published.send_replace(None);
            let renders = self.running.browser.renders();
            info!(browser.renders = renders, "replacing the browser: {reason}");
            if renders == 0 {
                backoff.rest().await;
            } else {
                backoff.reset();
            }
            let fresh = self.start(&mut backoff).await;
            self.published.send_replace(Some(Arc::clone(&fresh.browser)));
            closing.spawn(std::mem::replace(&mut self.running, fresh).close());
            while closing.try_join_next().is_some() {}
        }
    }

    async fn start(&self, backoff: &mut Backoff) -> Running {
        loop {
            match browser::start(&self.binary, &self.identity).await {
                Ok(running) => return running,
                Err(error) => warn!("cannot start a browser, and claim nothing meanwhile: {error}"),
            }
            backoff.rest().await;
        }
    }
}
