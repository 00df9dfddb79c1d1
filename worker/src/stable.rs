//! The stable: sees to it that there is a browser to render in.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::{info, warn};

use crate::browser::{self, Binary, Browser, Identity, Running, StartError};
use crate::config::Config;

/// The longest pause between two attempts to start a browser.
const PAUSE: Duration = Duration::from_secs(10);

/// How browsers are started here, and the one in use.
#[derive(Debug)]
pub(crate) struct Stable {
    binary: Binary,
    identity: Identity,
    running: Running,
    published: watch::Sender<Option<Arc<Browser>>>,
}

impl Stable {
    /// Starts the first browser: without one there is no worker.
    pub(crate) async fn open(config: &Config) -> Result<Self, StartError> {
        let binary = browser::find(config.chromium.as_deref())?;
        let identity = browser::identity(&config.browser_user)?;
        browser::sweep();
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
    /// renders in it.
    pub(crate) async fn keep(mut self) {
        let mut closing = JoinSet::new();
        loop {
            let reason = self.running.retired().await;
            self.published.send_replace(None);
            let renders = self.running.browser.renders();
            info!(browser.renders = renders, "replacing the browser: {reason}");
            let fresh = self.start().await;
            self.published.send_replace(Some(Arc::clone(&fresh.browser)));
            closing.spawn(std::mem::replace(&mut self.running, fresh).close());
            while closing.try_join_next().is_some() {}
        }
    }

    async fn start(&self) -> Running {
        let mut pause = Duration::from_millis(100);
        loop {
            match browser::start(&self.binary, &self.identity).await {
                Ok(running) => return running,
                Err(error) => warn!("cannot start a browser, and claim nothing meanwhile: {error}"),
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE);
        }
    }
}
