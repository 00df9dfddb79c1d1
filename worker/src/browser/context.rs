//! Browser contexts: cookies, caches and a page, isolated from other jobs.

use std::time::Duration;

use chromiumoxide_cdp::cdp::browser_protocol::browser::{
    BrowserContextId, SetDownloadBehaviorBehavior, SetDownloadBehaviorParams,
};
use chromiumoxide_cdp::cdp::browser_protocol::target::{
    CreateBrowserContextParams, CreateTargetParams, DisposeBrowserContextParams,
};
use chromiumoxide_types::Method;
use tokio::time::timeout;

use crate::cdp::{CallError, Client, PageTarget};

/// How long opening a page may take: a hundred times what it takes on an idle machine.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);

/// How many jobs one context may serve.
const MAX_JOBS: u32 = 100;

/// The context of one job, or of several in a row if it was [reset](super::reset) after each.
/// Dropping it disposes of it; [`Context::dispose`] also waits for that.
#[derive(Debug)]
pub(crate) struct Context {
    client: Client,
    pub(super) id: BrowserContextId,
    /// The page, once it is open.
    page: Option<PageTarget>,
    jobs: u32,
    disposed: bool,
}

/// The size of a page's window, in CSS pixels.
///
/// It must not exceed the emulated viewport: content outside the viewport may be missing from
/// a screenshot that is taken at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// When a page draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frames {
    /// By its own clock, as in a window.
    OnItsOwn,
    /// When a frame is requested: a picture need not wait for the next one.
    OnRequest,
}

/// What a context is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A job that may use the page of an earlier one, and leave it to a later one.
    SharedPage,
    /// A job that needs a page of its own.
    OwnPage,
}

impl Context {
    /// Creates an empty context.
    pub(super) async fn create(client: Client) -> Result<Self, CallError> {
        let create = CreateBrowserContextParams { dispose_on_detach: Some(true), ..Default::default() };
        let id = client.call(&create).await?.browser_context_id;
        Ok(Self { client, id, page: None, jobs: 0, disposed: false })
    }

    /// Returns the client of the context's browser.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Returns its id in the browser.
    pub(crate) fn id(&self) -> &BrowserContextId {
        &self.id
    }

    /// Returns the page, or `None` if none was opened.
    pub(crate) fn page(&mut self) -> Option<&mut PageTarget> {
        self.page.as_mut()
    }

    /// Whether the context may serve a job. One without a page has served none yet.
    pub(super) fn is_suitable(&self, purpose: Purpose) -> bool {
        self.page.is_none() || purpose == Purpose::SharedPage
    }

    /// Opens a page at a URL, paused before its first request. Opening it empty first and then
    /// navigating would cost a sixth of the whole render. Downloads are denied.
    pub(crate) async fn open(
        &mut self,
        url: &str,
        window: Window,
        frames: Frames,
    ) -> Result<&mut PageTarget, CallError> {
        let deny_downloads = SetDownloadBehaviorParams {
            behavior: SetDownloadBehaviorBehavior::Deny,
            browser_context_id: Some(self.id.clone()),
            download_path: None,
            events_enabled: None,
        };
        let create = CreateTargetParams {
            browser_context_id: Some(self.id.clone()),
            width: Some(window.width.into()),
            height: Some(window.height.into()),
            enable_begin_frame_control: (frames == Frames::OnRequest).then_some(true),
            ..CreateTargetParams::new(url)
        };
        self.client.send(&deny_downloads);
        let attached = self.client.expect_page(self.id.clone());
        let opened = async {
            tokio::select! {
                page = attached => page.map_err(|_| CallError::BrowserGone),
                Err(error) = self.client.call(&create) => Err(error),
            }
        };
        let opened = timeout(OPEN_TIMEOUT, opened).await;
        let page = opened.unwrap_or_else(|_| Err(CallError::Timeout(create.identifier())))?;
        Ok(self.page.insert(page))
    }

    /// Counts a job that has ended, and returns whether the context may serve another.
    pub(super) fn count_job(&mut self) -> bool {
        self.jobs += 1;
        self.jobs < MAX_JOBS
    }

    /// Disposes of the context with its page and renderers, and returns whether that succeeded.
    pub(crate) async fn dispose(mut self) -> bool {
        self.disposed = true;
        self.client.forget_page(self.page.as_ref());
        self.client.call(&DisposeBrowserContextParams::new(self.id.clone())).await.is_ok()
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if !self.disposed {
            self.client.forget_page(self.page.as_ref());
            self.client.send(&DisposeBrowserContextParams::new(self.id.clone()));
        }
    }
}
