//! The static lane: a page that is kept, into which documents are set.
//!
//! A document that runs no script and asks nothing of the network needs no renderer of its own. It
//! is set into a page that shows another document of the same account before and after it, without
//! a navigation. Three things make that safe, and each alone would: Chromium runs no script in the
//! page, every request of the page is paused and then refused, and the proxy has no session open.
//! What a document could still leave to the next one:
//!
//! | state | why the next document does not see it |
//! |---|---|
//! | storage, cookies, channels, workers, timers, `window.name` | only a script can use them |
//! | elements, forms, focus, selection, names, scroll positions, fonts, counters, `@page` rules | belong to the nodes that are replaced |
//! | the document's title, mode and direction | set by the parser for each document |
//! | sheets that our own scripts adopt, and what they remember | cleared here |
//! | the base URL, the referrer policy, a content policy, a colour scheme | documents with such elements are not admitted |
//! | animations | documents with any are not admitted |
//! | the history, `:target`, visited links | the page never navigates |
//! | the window, the medium, the backdrop | set for each document |
//! | decoded images | found by their content, which the next document would have to contain |

use std::time::Duration;

use chromiumoxide_cdp::cdp::browser_protocol::emulation::SetScriptExecutionDisabledParams;
use chromiumoxide_cdp::cdp::browser_protocol::fetch::{self, RequestPattern};
use chromiumoxide_cdp::cdp::browser_protocol::inspector;
use chromiumoxide_cdp::cdp::browser_protocol::page::{
    self as cdp_page, CreateIsolatedWorldParams, EventLifecycleEvent, FrameId, SetDocumentContentParams,
    SetLifecycleEventsEnabledParams,
};
use chromiumoxide_cdp::cdp::js_protocol::runtime::{
    CallFunctionOnParams, ExecutionContextId, RunIfWaitingForDebuggerParams,
};
use serde_json::Value;
use tokio::time::{Instant, timeout};

use super::context::{Context, Frames, Window};
use crate::cdp::{CallError, Client, PageTarget, Session};

/// The isolated world in which our scripts run.
pub(crate) const WORLD: &str = "tintype";

/// How long opening or clearing the page may take: a hundred times what it takes on an idle machine.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Removes what our own scripts left in the document, which stays the same object.
const FORGET: &str = "function () {
    document.adoptedStyleSheets = [];
    for (const name of ['captured', 'isCaptured']) delete globalThis[name];
}";

/// A page for the documents of one account, empty between two of them. Dropping it closes it.
#[derive(Debug)]
pub(crate) struct Lane {
    context: Context,
    window: Window,
    frames: Frames,
    /// The loader of the document, which setting it does not change.
    loader: String,
    /// Our world in it.
    world: ExecutionContextId,
}

impl Lane {
    /// Opens the page.
    pub(super) async fn open(client: Client, window: Window, frames: Frames) -> Result<Self, CallError> {
        let opened = timeout(TIMEOUT, Self::try_open(client, window, frames)).await;
        opened.unwrap_or_else(|_| Err(CallError::Timeout("Target.createTarget".into())))
    }

    async fn try_open(client: Client, window: Window, frames: Frames) -> Result<Self, CallError> {
        let mut context = Context::create(client.clone()).await?;
        let page = context.open("about:blank", window, frames).await?;
        let session = client.session(page, Instant::now() + TIMEOUT);
        enable_events(&session);
        // The page is paused, but answers.
        shut(&session).await?;
        session.send(&RunIfWaitingForDebuggerParams {});
        let world = CreateIsolatedWorldParams {
            world_name: Some(WORLD.to_owned()),
            ..CreateIsolatedWorldParams::new(page.main_frame())
        };
        let world = session.call(&world).await?.execution_context_id;
        let mut lane = Self { context, window, frames, loader: String::new(), world };
        lane.empty().await?;
        Ok(lane)
    }

    /// Whether a document for this window can be set into the page.
    pub(super) fn is_suitable(&self, window: Window) -> bool {
        self.window == window
    }

    /// Returns the page.
    pub(crate) fn page(&mut self) -> Result<&mut PageTarget, CallError> {
        self.context.page().ok_or(CallError::BrowserGone)
    }

    pub(crate) fn client(&self) -> &Client {
        self.context.client()
    }

    pub(crate) fn frames(&self) -> Frames {
        self.frames
    }

    /// Returns the document's loader and our world in it.
    pub(crate) fn document(&self) -> (&str, ExecutionContextId) {
        (&self.loader, self.world)
    }

    /// Empties the page for the next document. Returns `None`, and closes the page, if that fails or
    /// if it has shown enough documents.
    pub(crate) async fn clear(mut self) -> Option<Self> {
        if !self.context.count_job() {
            return None;
        }
        matches!(timeout(TIMEOUT, self.empty()).await, Ok(Ok(()))).then_some(self)
    }

    async fn empty(&mut self) -> Result<(), CallError> {
        let (client, world) = (self.client().clone(), self.world);
        let page = self.page()?;
        let frame = page.main_frame();
        let session = client.session(page, Instant::now() + TIMEOUT);
        while page.events.try_recv().is_ok() {}
        let forget = CallFunctionOnParams { execution_context_id: Some(world), ..CallFunctionOnParams::new(FORGET) };
        let nothing = SetDocumentContentParams::new(frame.clone(), "");
        tokio::try_join!(session.call(&forget), session.call(&nothing))?;
        self.loader = until_loaded(page, &frame).await?;
        Ok(())
    }
}

fn enable_events(session: &Session) {
    session.send(&cdp_page::EnableParams::default());
    session.send(&SetLifecycleEventsEnabledParams::new(true));
    session.send(&inspector::EnableParams {});
}

/// Switches scripts off, and pauses every request.
async fn shut(session: &Session) -> Result<(), CallError> {
    #[cfg(not(feature = "mutant-lane-script"))]
    session.call(&SetScriptExecutionDisabledParams::new(true)).await?;
    let all = RequestPattern { url_pattern: Some("*".to_owned()), ..Default::default() };
    let gate = fetch::EnableParams { patterns: Some(vec![all]), handle_auth_requests: None };
    #[cfg(not(feature = "mutant-lane-gate"))]
    session.call(&gate).await?;
    #[cfg(feature = "mutant-lane-gate")]
    drop(gate);
    Ok(())
}

/// Waits until the document has loaded, and returns its loader.
async fn until_loaded(page: &mut PageTarget, frame: &FrameId) -> Result<String, CallError> {
    loop {
        let event = page.events.recv().await.ok_or(CallError::BrowserGone)?;
        if &*event.method != EventLifecycleEvent::IDENTIFIER {
            continue;
        }
        let params: Value = event.parse().unwrap_or_default();
        let text = |name: &str| params.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("name") == "load" && text("frameId") == frame.inner() {
            return Ok(text("loaderId").to_owned());
        }
    }
}
