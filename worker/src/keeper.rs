//! The keeper: sees to it that there is a browser to render in.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::{info, warn};

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
        let mut pause = FIRST_PAUSE;
        loop {
            let reason = self.running.retired().await;
            self.published.send_replace(None);
            let renders = self.running.browser.renders();
            info!(browser.renders = renders, "replacing the browser: {reason}");
            if renders == 0 {
                rest(&mut pause).await;
            } else {
                pause = FIRST_PAUSE;
            }
            let fresh = self.start(&mut pause).await;
            self.published.send_replace(Some(Arc::clone(&fresh.browser)));
            closing.spawn(std::mem::replace(&mut self.running, fresh).close());
            while closing.try_join_next().is_some() {}
        }
    }

    async fn start(&self, pause: &mut Duration) -> Running {
        loop {
            match browser::start(&self.binary, &self.identity).await {
                Ok(running) => return running,
                Err(error) => warn!("cannot start a browser, and claim nothing meanwhile: {error}"),
            }
            rest(pause).await;
        }
    }
}

/// Pauses, and makes the next pause longer.
async fn rest(pause: &mut Duration) {
    sleep(*pause).await;
    *pause = longer(*pause);
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).min(PAUSE)
}

#[cfg(test)]
mod tests {
    use super::{FIRST_PAUSE, PAUSE, longer};

    #[test]
    fn pauses_grow_up_to_the_longest() {
        assert_eq!(longer(FIRST_PAUSE), FIRST_PAUSE * 2);
        assert_eq!(longer(PAUSE / 10 * 9), PAUSE);
        assert_eq!(longer(PAUSE), PAUSE);
    }
}
