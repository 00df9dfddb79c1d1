//! A page opened for one render.

mod cookies;
mod document;
pub(crate) mod evaluate;
mod events;
mod kept;
pub(crate) mod navigation;
pub(crate) mod requests;
mod rules;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chromiumoxide_cdp::cdp::browser_protocol::fetch::{self, RequestPattern};
use chromiumoxide_cdp::cdp::browser_protocol::page::{
    self as cdp_page, AddScriptToEvaluateOnNewDocumentParams, FrameId, SetLifecycleEventsEnabledParams,
};
use chromiumoxide_cdp::cdp::browser_protocol::{inspector, network};
use chromiumoxide_cdp::cdp::js_protocol::runtime::{EvaluateParams, ExecutionContextId, RunIfWaitingForDebuggerParams};
use domain::options::{Milestone, Options, Output};
use domain::secret::Secrets;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::apply::{apply, viewport::window};
use super::failure::RenderError;
use super::scripts::{DOCUMENT_START, PRESERVE_WEBGL};
use crate::blocklist::ChosenLists;
use crate::browser::{Context, Frames, RESET_WINDOW_NAME, WORLD};
use crate::cdp::{CallError, Session};
use document::Document;
use events::EventHandler;
use navigation::{Address, DocumentId, Navigation};
use requests::Requests;
use rules::Rules;

/// How much later than the render a command times out: the step that sent it must time out
/// first, because its error is more specific.
const COMMAND_GRACE: Duration = Duration::from_secs(1);

/// A page opened for one render.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) session: Session,
    pub(crate) frame: FrameId,
    /// When it draws.
    pub(crate) frames: Frames,
    navigation: watch::Receiver<Navigation>,
    requests: watch::Receiver<Requests>,
    /// Our world in the document that was last evaluated in.
    world: Mutex<Option<(DocumentId, ExecutionContextId)>>,
}

/// What a page is opened for.
#[derive(Debug)]
pub(super) struct PageJob<'a> {
    pub(super) options: &'a Options,
    pub(super) secrets: &'a Secrets,
    /// The URL whose origin receives the secrets.
    pub(super) target: Option<&'a str>,
    /// The name and version of the browser.
    pub(super) browser: &'a str,
    pub(super) blocklist: ChosenLists,
}

impl Page {
    /// Opens a page in a context, applies the options while it is held, and starts the
    /// navigation. If the context has a page of an earlier job, that page is reused.
    pub(super) async fn open<'a>(
        context: &'a mut Context,
        (url, html): (&str, Option<Vec<u8>>),
        job: PageJob<'_>,
        deadline: Instant,
    ) -> Result<(Self, EventHandler<'a>), RenderError> {
        let PageJob { options, secrets, target, browser, blocklist } = job;
        let (client, context_id) = (context.client().clone(), context.id().clone());
        if !secrets.cookies.is_empty() {
            cookies::set(&client, &context_id, &secrets.cookies).await?;
        }
        let is_new = context.page().is_none();
        let attached = if is_new {
            context.open(url, window(options), Frames::OnItsOwn).await?
        } else {
            context.page().ok_or(CallError::BrowserGone)?
        };
        let frame = attached.main_frame();
        let session = client.session(attached, deadline + COMMAND_GRACE);
        if is_new {
            enable_events(&session);
            add_scripts(&session, options, html.is_some());
        }
        apply(&session, options, browser, &context_id);
        let rules = Rules::new(frame.as_ref(), &options.block, target, secrets, blocklist);
        intercept(&session, html.is_some().then_some(url), &rules);
        if is_new {
            session.send(&RunIfWaitingForDebuggerParams {});
        } else {
            // Replaces the blank page in the history. The URL is ours, so it needs no escaping.
            session.send(&EvaluateParams::new(format!("location.replace({url:?})")));
        }
        let (navigation_sender, navigation) = watch::channel(Navigation::new(frame.as_ref()));
        let (requests_sender, requests) = watch::channel(Requests::new(frame.as_ref()));
        let senders = (navigation_sender, requests_sender);
        let document = Document::new(url, html);
        let events = EventHandler::new(session.clone(), &mut attached.events, senders, document, rules);
        let frames = Frames::OnItsOwn;
        Ok((Self { session, frame, frames, navigation, requests, world: Mutex::default() }, events))
    }

    /// Waits until the navigation satisfies a condition.
    pub(crate) async fn wait_until(&self, condition: impl FnMut(&Navigation) -> bool) -> Result<(), RenderError> {
        self.navigation.clone().wait_for(condition).await.map(drop).map_err(|_| CallError::BrowserGone.into())
    }

    /// Returns the current document, and where it comes from.
    pub(crate) fn document(&self) -> (DocumentId, Option<Address>) {
        let navigation = self.navigation.borrow();
        (navigation.document(), navigation.address().cloned())
    }

    /// Waits until the page shows a document whose URL is not `known`, and returns that URL.
    pub(crate) async fn next_url(&self, known: Option<&str>) -> Result<String, RenderError> {
        let mut navigation = self.navigation.clone();
        let new_url = |navigation: &Navigation| match navigation.address() {
            Some(Address::Loaded(url)) if known != Some(url) => Some(url.clone()),
            Some(Address::Loaded(_) | Address::Unreachable(_)) | None => None,
        };
        let loaded = navigation.wait_for(|navigation| new_url(navigation).is_some()).await;
        new_url(&*loaded.map_err(|_| CallError::BrowserGone)?).ok_or_else(|| CallError::BrowserGone.into())
    }

    /// Waits until, from now on, no request has been open for `period` that a person would wait
    /// for.
    pub(crate) async fn wait_until_quiet(&self, period: Duration) -> Result<(), RenderError> {
        let mut requests = self.requests.clone();
        let start = Instant::now();
        loop {
            let quiet = requests.wait_for(|requests| requests.quiet_since().is_some()).await;
            let since = quiet.map_err(|_| CallError::BrowserGone)?.quiet_since();
            let Some(since) = since else { continue };
            tokio::select! {
                () = sleep_until(since.max(start) + period) => return Ok(()),
                _restarted = requests.wait_for(|requests| requests.quiet_since() != Some(since)) => {}
            }
        }
    }

    /// Whether the current document and all its parts have loaded.
    pub(crate) fn has_loaded(&self) -> bool {
        self.navigation.borrow().has_reached(Milestone::Load)
    }

    /// Waits until the page's requests satisfy a condition.
    pub(crate) async fn wait_for_requests(&self, condition: impl FnMut(&Requests) -> bool) -> Result<(), RenderError> {
        self.requests.clone().wait_for(condition).await.map(drop).map_err(|_| CallError::BrowserGone.into())
    }

    /// The page's requests as they are now.
    pub(crate) fn requests(&self) -> watch::Ref<'_, Requests> {
        self.requests.borrow()
    }

    /// Returns our world in the current document, if it is known.
    fn known_world(&self) -> Option<ExecutionContextId> {
        let world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.as_ref().filter(|(document, _)| *document == self.document().0).map(|(_, world)| *world)
    }

    fn set_world(&self, document: DocumentId, world: ExecutionContextId) {
        *self.world.lock().unwrap_or_else(PoisonError::into_inner) = Some((document, world));
    }

    /// Waits until the page navigates away from a document. Usually pends forever.
    pub(crate) async fn until_replaced(&self, document: &DocumentId) {
        if self.navigation.clone().wait_for(|navigation| !navigation.stays_on(document)).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Enables the events that [`EventHandler`] handles.
fn enable_events(session: &Session) {
    session.send(&cdp_page::EnableParams::default());
    session.send(&SetLifecycleEventsEnabledParams::new(true));
    session.send(&inspector::EnableParams {});
    // No body is kept or reported, only that there are requests.
    session.send(&network::EnableParams {
        max_total_buffer_size: Some(0),
        max_resource_buffer_size: Some(0),
        max_post_data_size: Some(0),
        ..Default::default()
    });
}

/// Adds what runs in every document before its own scripts.
fn add_scripts(session: &Session, options: &Options, is_html: bool) {
    let in_world = AddScriptToEvaluateOnNewDocumentParams {
        world_name: Some(WORLD.to_owned()),
        ..AddScriptToEvaluateOnNewDocumentParams::new(DOCUMENT_START)
    };
    session.send(&in_world);
    if is_html {
        session.send(&AddScriptToEvaluateOnNewDocumentParams::new(RESET_WINDOW_NAME));
    }
    match options.output {
        Output::Screenshot(_) => {}
        Output::Pdf(_) => session.send(&AddScriptToEvaluateOnNewDocumentParams::new(PRESERVE_WEBGL)),
    }
}

/// Pauses requests for [`EventHandler`] to decide on: those to the origin of an html job, and all of
/// them if there are rules. A service worker would send some unseen.
fn intercept(session: &Session, html_url: Option<&str>, rules: &Rules) {
    let pattern = match html_url {
        _ if rules.has_any() => "*".to_owned(),
        Some(url) => format!("{url}*"),
        None => return,
    };
    if rules.has_any() {
        session.send(&network::SetBypassServiceWorkerParams::new(true));
    }
    let pattern = RequestPattern { url_pattern: Some(pattern), ..Default::default() };
    session.send(&fetch::EnableParams {
        patterns: Some(vec![pattern]),
        handle_auth_requests: Some(rules.has_credentials()),
    });
}
