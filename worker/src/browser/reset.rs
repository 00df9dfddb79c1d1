//! Resetting a context for the next job.
//!
//! Starting a renderer costs as much as everything else about a small page, and a new context
//! needs new renderers. So one context serves consecutive `html` jobs of an account, as long
//! as none of them used the network: then there is no cache, connection, credential or
//! cross-site frame to leak. A browser without site isolation shares no more: the renderer is
//! that of one site in either kind. This is why nothing else leaks to a page whose renderer is
//! intact:
//!
//! | state | why the next page does not see it |
//! |---|---|
//! | storage of its origin, channels, locks, shared workers, blobs | every job has an origin of its own |
//! | service workers | their script is never served, so none can be registered |
//! | workers and windows that outlive the page | the context is discarded if there are any |
//! | cookies of the common parent domain | cleared here |
//! | session history, pages in the back/forward cache | reset here |
//! | `window.name` | cleared before the first script of every document |
//! | scripts, timers | end with their document, which is replaced here |
//! | beacons sent on unload | the session is closed by then, and if any connection arrives, the context is not used |
//! | globals, modified prototypes, the referrer | belong to the document |
//! | downloads, permissions, dialogs, windows | denied during the job |
//! | what prepares a capture: styles, rules, hidden `resize` events | belongs to the document |

use std::time::Duration;

use chromiumoxide_cdp::cdp::browser_protocol::page::{
    EventFrameStoppedLoading, NavigateParams, ResetNavigationHistoryParams,
};
use chromiumoxide_cdp::cdp::browser_protocol::storage::ClearCookiesParams;
use chromiumoxide_cdp::cdp::browser_protocol::target::{GetTargetsParams, TargetInfo};
use chromiumoxide_types::Method;
use tokio::time::{Instant, timeout};

use super::context::Context;
use crate::cdp::{CallError, PageTarget};

/// Evaluated in every document before its first script. A frame keeps its name: the parent
/// document sets it.
pub(crate) const RESET_WINDOW_NAME: &str = "if (self === top) window.name = ''";

/// How long a reset may take: a hundred times what it takes on an idle machine.
const RESET_TIMEOUT: Duration = Duration::from_secs(2);

impl Context {
    /// Navigates to an empty page and clears what the last one left behind. Returns the context
    /// as an error if that fails or if it has served enough jobs: dispose of it.
    pub(crate) async fn reset(mut self) -> Result<Self, Self> {
        if !self.count_job() {
            return Err(self);
        }
        match timeout(RESET_TIMEOUT, self.try_reset()).await {
            Ok(Ok(())) => Ok(self),
            Ok(Err(_)) | Err(_) => Err(self),
        }
    }

    async fn try_reset(&mut self) -> Result<(), CallError> {
        let client = self.client().clone();
        let id = self.id.clone();
        let page = self.page().ok_or(CallError::BrowserGone)?;
        let session = client.session(page, Instant::now() + RESET_TIMEOUT);
        while page.events.try_recv().is_ok() {}
        session.call(&NavigateParams::new("about:blank")).await?;
        until_page_stopped_loading(page).await?;
        let cookies = ClearCookiesParams { browser_context_id: Some(id.clone()) };
        let history = ResetNavigationHistoryParams::default();
        let targets = GetTargetsParams::default();
        let (cleared, reset, remaining) =
            tokio::join!(client.call(&cookies), session.call(&history), client.call(&targets));
        cleared?;
        reset?;
        let is_other =
            |info: &TargetInfo| info.browser_context_id.as_ref() == Some(&id) && info.target_id != page.target_id;
        if remaining?.target_infos.iter().any(is_other) {
            let message = "a worker or window of the page is still open".to_owned();
            return Err(CallError::Protocol(targets.identifier(), message));
        }
        while page.events.try_recv().is_ok() {}
        Ok(())
    }
}

/// Waits until the empty page has loaded. Ignores frames of the last page that stop loading.
async fn until_page_stopped_loading(page: &mut PageTarget) -> Result<(), CallError> {
    loop {
        let event = page.events.recv().await.ok_or(CallError::BrowserGone)?;
        let is_main_frame = || {
            event
                .parse()
                .is_some_and(|stopped: EventFrameStoppedLoading| stopped.frame_id.inner() == page.target_id.inner())
        };
        if &*event.method == EventFrameStoppedLoading::IDENTIFIER && is_main_frame() {
            return Ok(());
        }
    }
}
