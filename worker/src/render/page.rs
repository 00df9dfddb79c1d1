//! A page that is opened for one render.

use std::time::Duration;

use chromiumoxide_cdp::cdp::browser_protocol::emulation::{
    ClearDeviceMetricsOverrideParams, SetDeviceMetricsOverrideParams,
};
use chromiumoxide_cdp::cdp::browser_protocol::fetch::{self, RequestPattern};
use chromiumoxide_cdp::cdp::browser_protocol::inspector;
use chromiumoxide_cdp::cdp::browser_protocol::page::{
    self as cdp_page, AddScriptToEvaluateOnNewDocumentParams, FrameId, SetLifecycleEventsEnabledParams,
};
use chromiumoxide_cdp::cdp::js_protocol::runtime::{EvaluateParams, RunIfWaitingForDebuggerParams};
use domain::render::{Options, Output};
use tokio::sync::watch;
use tokio::time::Instant;

use super::NotRendered;
use super::attendant::Attendant;
use super::progress::{Address, Document, Progress};
use crate::browser::{Context, NAMELESS, Window};
use crate::cdp::{CallError, Session};

/// How much longer a command waits than the step that gave it: the step knows its name, and
/// is to miss its deadline first.
const AFTER: Duration = Duration::from_secs(1);

/// A page on its way.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) session: Session,
    pub(super) frame: FrameId,
    progress: watch::Receiver<Progress>,
}

impl Page {
    /// Opens a page in a context, prepares it while it is held, and lets it go. A page that
    /// was kept there is sent on.
    pub(super) async fn open<'a>(
        context: &'a mut Context,
        url: &str,
        options: &Options,
        html: Option<Vec<u8>>,
        end: Instant,
    ) -> Result<(Self, Attendant<'a>), NotRendered> {
        let client = context.client().clone();
        let sent_along = html.is_some().then_some(url);
        let is_new = context.page().is_none();
        let appeared =
            if is_new { context.open(url, window(options)).await? } else { context.page().ok_or(CallError::Gone)? };
        // The id of a page's main frame is that of the page.
        let frame = FrameId::new(appeared.target.inner().clone());
        let session = client.session(appeared, end + AFTER);
        if is_new {
            listen(&session);
            if sent_along.is_some() {
                session.tell(&AddScriptToEvaluateOnNewDocumentParams::new(NAMELESS));
            }
        }
        prepare(&session, options, sent_along);
        if is_new {
            session.tell(&RunIfWaitingForDebuggerParams {});
        } else {
            // In place of the empty page, which would stay in the history: the URL is ours.
            session.tell(&EvaluateParams::new(format!("location.replace({url:?})")));
        }
        let (progress, watched) = watch::channel(Progress::of(frame.as_ref()));
        let attendant = Attendant::new(session.clone(), &mut appeared.events, progress, (url, frame.as_ref()), html);
        Ok((Self { session, frame, progress: watched }, attendant))
    }

    /// Waits until the page has come so far.
    pub(super) async fn until(&self, far: impl FnMut(&Progress) -> bool) -> Result<(), NotRendered> {
        self.progress.clone().wait_for(far).await.map(drop).map_err(|_| CallError::Gone.into())
    }

    /// The document that is there, and where it comes from.
    pub(super) fn document(&self) -> (Document, Option<Address>) {
        let progress = self.progress.borrow();
        (progress.document(), progress.address().cloned())
    }

    /// Waits until the page shows a document of another address than the one that was seen.
    pub(super) async fn next_reached(&self, seen: Option<&str>) -> Result<String, NotRendered> {
        let mut progress = self.progress.clone();
        let reached = |progress: &Progress| match progress.address() {
            Some(Address::Reached(url)) if seen != Some(url) => Some(url.clone()),
            Some(Address::Reached(_) | Address::Unreachable(_)) | None => None,
        };
        let there = progress.wait_for(|progress| reached(progress).is_some()).await.map_err(|_| CallError::Gone)?;
        reached(&there).ok_or_else(|| CallError::Gone.into())
    }

    /// Waits until the page leaves a document for another: for ever, in most cases.
    pub(super) async fn left(&self, document: &Document) {
        if self.progress.clone().wait_for(|progress| !progress.stays(document)).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// The window that a page is laid out in. What is printed has none, and any will do.
pub(crate) fn window(options: &Options) -> Window {
    match &options.output {
        Output::Screenshot(screenshot) => {
            Window { width: screenshot.viewport.width, height: screenshot.viewport.height }
        }
        Output::Pdf(_) => Window { width: 1280, height: 720 },
    }
}

/// Asks a new page to tell how it is.
fn listen(session: &Session) {
    session.tell(&cdp_page::EnableParams::default());
    session.tell(&SetLifecycleEventsEnabledParams::new(true));
    session.tell(&inspector::EnableParams {});
}

/// Says everything at once: a page that is held hears it in order before it goes.
fn prepare(session: &Session, options: &Options, sent_along: Option<&str>) {
    if let Output::Screenshot(screenshot) = &options.output {
        let viewport = screenshot.viewport;
        let scale = viewport.device_scale_factor;
        session.tell(&SetDeviceMetricsOverrideParams::new(viewport.width, viewport.height, scale, false));
    } else {
        session.tell(&ClearDeviceMetricsOverrideParams {});
    }
    if let Some(url) = sent_along {
        let ours = RequestPattern { url_pattern: Some(format!("{url}*")), ..Default::default() };
        session.tell(&fetch::EnableParams { patterns: Some(vec![ours]), ..Default::default() });
    }
}
