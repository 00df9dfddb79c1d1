//! A browser's context: cookies, caches and a page that no other job sees.

use std::time::Duration;

use chromiumoxide_cdp::cdp::browser_protocol::browser::{
    BrowserContextId, SetDownloadBehaviorBehavior, SetDownloadBehaviorParams,
};
use chromiumoxide_cdp::cdp::browser_protocol::target::{
    CreateBrowserContextParams, CreateTargetParams, DisposeBrowserContextParams,
};
use chromiumoxide_types::Method;
use tokio::time::timeout;

use super::Browser;
use crate::cdp::{Appeared, CallError, Client};

/// How long a page may take to appear: a hundred times what it takes on an idle machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many jobs a context serves that keeps nothing of any of them.
const JOBS: u32 = 100;

/// A context of one job; or of one after the other, where each [left nothing](super::wiped).
/// Dropping it clears it away; [`Context::dispose`] waits for that.
#[derive(Debug)]
pub(crate) struct Context {
    client: Client,
    pub(super) id: BrowserContextId,
    /// The page in it, once there is one, and the size of its window.
    page: Option<(Appeared, Window)>,
    jobs: u32,
    disposed: bool,
}

/// The size of a page's window, in CSS pixels. What is drawn beyond it may be missing where
/// a picture is taken at once, so it is never larger than what is asked for by emulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// What a context is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A page that came with its job, and may do with a context that is as good as new, if
    /// its window is of this size.
    Html(Window),
    /// A page of the web.
    Web,
}

impl Browser {
    /// Takes the context that was made for the next job, or that is as good as new; or makes
    /// one. A browser that cannot is given no other job.
    pub(crate) async fn context(&mut self, purpose: Purpose) -> Result<Context, CallError> {
        self.renders += 1;
        match self.kept.take() {
            Some((kept, strays)) if kept.serves(purpose) && strays == self.proxy.strays() => Ok(kept),
            Some(_) | None => self.create().await,
        }
    }

    /// Makes a context for the next job, so that it need not wait for one.
    pub(crate) async fn prepare(&mut self) -> Result<(), CallError> {
        self.kept = Some((self.create().await?, self.proxy.strays()));
        Ok(())
    }

    async fn create(&self) -> Result<Context, CallError> {
        let create = CreateBrowserContextParams { dispose_on_detach: Some(true), ..Default::default() };
        let created = self.client.call(&create).await.inspect_err(|_| self.state.retire())?;
        let id = created.browser_context_id;
        Ok(Context { client: self.client.clone(), id, page: None, jobs: 0, disposed: false })
    }

    /// Keeps a context in which nothing is left of any job, for the next `html`. It is not
    /// used if anything has come to the proxy since there were so many `strays`.
    pub(crate) fn keep(&mut self, context: Context, strays: u64) {
        self.kept = Some((context, strays));
    }
}

impl Context {
    /// How to talk to the browser that it is in.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The page in it, where one was kept.
    pub(crate) fn page(&mut self) -> Option<&mut Appeared> {
        self.page.as_mut().map(|(page, _)| page)
    }

    /// One without a page has served nobody.
    fn serves(&self, purpose: Purpose) -> bool {
        match (&self.page, purpose) {
            (None, Purpose::Html(_) | Purpose::Web) => true,
            (Some((_, window)), Purpose::Html(size)) => *window == size,
            (Some(_), Purpose::Web) => false,
        }
    }

    /// Opens a page on its way to a URL, and holds it before it has asked for anything:
    /// there is no empty page in between, which would cost a sixth of the whole render.
    /// It can download nothing.
    pub(crate) async fn open(&mut self, url: &str, window: Window) -> Result<&mut Appeared, CallError> {
        let deny = SetDownloadBehaviorParams {
            behavior: SetDownloadBehaviorBehavior::Deny,
            browser_context_id: Some(self.id.clone()),
            download_path: None,
            events_enabled: None,
        };
        let page = CreateTargetParams {
            browser_context_id: Some(self.id.clone()),
            width: Some(window.width.into()),
            height: Some(window.height.into()),
            ..CreateTargetParams::new(url)
        };
        self.client.tell(&deny);
        let appears = self.client.expect_page();
        let opened = async {
            tokio::select! {
                appeared = appears => appeared.map_err(|_| CallError::Gone),
                Err(refused) = self.client.call(&page) => Err(refused),
            }
        };
        let appeared = timeout(PATIENCE, opened).await.unwrap_or_else(|_| Err(CallError::Late(page.identifier())))?;
        Ok(&mut self.page.insert((appeared, window)).0)
    }

    /// Whether it may serve another job, if nothing is left of this one.
    pub(super) fn serves_another(&mut self) -> bool {
        self.jobs += 1;
        self.jobs < JOBS
    }

    /// Clears it away, page and renderers included, and answers whether that went well.
    pub(crate) async fn dispose(mut self) -> bool {
        self.disposed = true;
        self.client.forget_page();
        self.client.call(&DisposeBrowserContextParams::new(self.id.clone())).await.is_ok()
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if !self.disposed {
            self.client.forget_page();
            self.client.tell(&DisposeBrowserContextParams::new(self.id.clone()));
        }
    }
}
