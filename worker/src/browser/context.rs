//! A browser's context: cookies, caches and pages that no other job sees.

use std::time::Duration;

use chromiumoxide::cdp::browser_protocol::browser::{
    BrowserContextId, SetDownloadBehaviorBehavior, SetDownloadBehaviorParams,
};
use chromiumoxide::cdp::browser_protocol::target::{
    CreateBrowserContextParams, CreateTargetParams, DisposeBrowserContextParams, TargetId,
};
use tokio::time::timeout;

use super::Browser;
use crate::cdp::CallError;

/// How long a browser in order takes at most to make or clear away a context: a thousand
/// times what it takes on an idle machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// A context of one job. Dropping it clears it away; [`Context::dispose`] waits for that.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    browser: &'a Browser,
    id: BrowserContextId,
    disposed: bool,
}

impl Browser {
    /// Makes a context. A browser that cannot is replaced.
    pub(crate) async fn context(&self) -> Result<Context<'_>, CallError> {
        let context = self.make_context().await.inspect_err(|_| self.retire())?;
        self.count_render();
        Ok(context)
    }

    /// Makes a context with a page and clears them away: what starts may be of no use.
    pub(super) async fn try_out(&self) -> Result<(), CallError> {
        let context = self.make_context().await?;
        context.page().await?;
        context.clear().await
    }

    async fn make_context(&self) -> Result<Context<'_>, CallError> {
        let create = CreateBrowserContextParams { dispose_on_detach: Some(true), ..Default::default() };
        let created = timeout(PATIENCE, self.client().call(create)).await.unwrap_or(Err(CallError::Gone))?;
        Ok(Context { browser: self, id: created.browser_context_id, disposed: false })
    }
}

impl<'a> Context<'a> {
    /// The browser that it is in.
    pub(crate) fn browser(&self) -> &'a Browser {
        self.browser
    }

    /// Opens an empty page that can download nothing.
    pub(crate) async fn page(&self) -> Result<TargetId, CallError> {
        let deny = SetDownloadBehaviorParams {
            behavior: SetDownloadBehaviorBehavior::Deny,
            browser_context_id: Some(self.id.clone()),
            download_path: None,
            events_enabled: None,
        };
        let blank =
            CreateTargetParams { browser_context_id: Some(self.id.clone()), ..CreateTargetParams::new("about:blank") };
        let client = self.browser.client();
        let (_, created) = tokio::try_join!(client.call(deny), client.call(blank))?;
        Ok(created.target_id)
    }

    /// Clears it away, pages and renderers included. A browser that cannot is replaced.
    pub(crate) async fn dispose(self) {
        let browser = self.browser;
        if self.clear().await.is_err() {
            browser.retire();
        }
    }

    async fn clear(mut self) -> Result<(), CallError> {
        self.disposed = true;
        let dispose = DisposeBrowserContextParams::new(self.id.clone());
        timeout(PATIENCE, self.browser.client().call(dispose)).await.unwrap_or(Err(CallError::Gone)).map(drop)
    }
}

impl Drop for Context<'_> {
    fn drop(&mut self) {
        if !self.disposed {
            self.browser.client().tell(DisposeBrowserContextParams::new(self.id.clone()));
        }
    }
}
