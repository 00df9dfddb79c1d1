//! Leaving nothing: what one page that came with its job could leave to the next.
//!
//! Starting a renderer costs as much as everything else about a small page together, and a
//! context has renderers of its own. So one context serves the `html` jobs of an account one
//! after the other, as long as each of them asked nothing of the network, for then there is
//! no cache, no connection, no credential and no frame of another site to leave. What a page
//! can leave without it:
//!
//! | what | why the next page does not see it |
//! |---|---|
//! | storage of its origin, channels, locks, shared workers, blobs | no other job has its origin |
//! | service workers | its origin is not secure, and can have none |
//! | workers and windows that outlive it | where there is one, the context is not kept |
//! | cookies of the common site | cleared here |
//! | history, and pages kept to go back to | reset here |
//! | `window.name` | emptied before the first script of every document |
//! | scripts, timers | end with their document, which is left here |
//! | beacons sent on leaving | its gate is shut by then; and where any came to it, the context is not used |
//! | globals, changed prototypes, the referrer | belong to its document |
//! | downloads, permissions, dialogs, windows | refused in the first place |

use std::time::Duration;

use chromiumoxide_cdp::cdp::browser_protocol::page::{
    EventFrameStoppedLoading, NavigateParams, ResetNavigationHistoryParams,
};
use chromiumoxide_cdp::cdp::browser_protocol::storage::ClearCookiesParams;
use chromiumoxide_cdp::cdp::browser_protocol::target::{GetTargetsParams, TargetInfo};
use chromiumoxide_types::Method;
use tokio::time::{Instant, timeout};

use super::Context;
use crate::cdp::{Appeared, CallError};

/// Said to every document before its first script. A frame's name is its parent's to give.
pub(crate) const NAMELESS: &str = "if (self === top) window.name = ''";

/// How long leaving may take: a hundred times what it does.
const PATIENCE: Duration = Duration::from_secs(2);

impl Context {
    /// Leaves the page for an empty one, and clears away what it left. `None` where that did
    /// not go well, or where the context has served enough jobs: it is to be disposed of.
    pub(crate) async fn wiped(mut self) -> Result<Self, Self> {
        if !self.serves_another() {
            return Err(self);
        }
        match timeout(PATIENCE, self.wipe()).await {
            Ok(Ok(())) => Ok(self),
            Ok(Err(_)) | Err(_) => Err(self),
        }
    }

    async fn wipe(&mut self) -> Result<(), CallError> {
        let client = self.client().clone();
        let id = self.id.clone();
        let page = self.page().ok_or(CallError::Gone)?;
        let session = client.session(page, Instant::now() + PATIENCE);
        while page.events.try_recv().is_ok() {}
        session.call(&NavigateParams::new("about:blank")).await?;
        until_empty(page).await?;
        let cookies = ClearCookiesParams { browser_context_id: Some(id.clone()) };
        let history = ResetNavigationHistoryParams::default();
        let targets = GetTargetsParams::default();
        let (cleared, reset, there) =
            tokio::join!(client.call(&cookies), session.call(&history), client.call(&targets));
        cleared?;
        reset?;
        let others = |info: &TargetInfo| info.browser_context_id.as_ref() == Some(&id) && info.target_id != page.target;
        if there?.target_infos.iter().any(others) {
            return Err(CallError::Refused(targets.identifier(), "something of the page outlives it".to_owned()));
        }
        while page.events.try_recv().is_ok() {}
        Ok(())
    }
}

/// Waits until the empty page is there, and not until some frame of the last one has stopped.
async fn until_empty(page: &mut Appeared) -> Result<(), CallError> {
    loop {
        let event = page.events.recv().await.ok_or(CallError::Gone)?;
        let stopped = || {
            event
                .read()
                .is_some_and(|stopped: EventFrameStoppedLoading| stopped.frame_id.inner() == page.target.inner())
        };
        if &*event.method == EventFrameStoppedLoading::IDENTIFIER && stopped() {
            return Ok(());
        }
    }
}
