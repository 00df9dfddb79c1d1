//! A page that is opened for one render, and the attendant who stays with it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chromiumoxide::cdp::browser_protocol::emulation::SetDeviceMetricsOverrideParams;
use chromiumoxide::cdp::browser_protocol::fetch::{
    self, EventRequestPaused, FulfillRequestParams, HeaderEntry, RequestPattern,
};
use chromiumoxide::cdp::browser_protocol::inspector::{self, EventTargetCrashed};
use chromiumoxide::cdp::browser_protocol::page::{
    self as cdp_page, EventJavascriptDialogOpening, FrameId, HandleJavaScriptDialogParams,
    SetLifecycleEventsEnabledParams,
};
use chromiumoxide::types::Binary;
use domain::render::{Options, Output};
use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::progress::{Address, Document, Progress};
use super::{NotRendered, failure};
use crate::browser::{Browser, Context};
use crate::cdp::{CallError, Event, Session};

/// The host of pages that were sent along. It exists nowhere else (RFC 6761).
pub(super) const HTML_HOST: &str = "html.render.invalid";

/// Where a page that was sent along is served, to itself and for once.
pub(super) const HTML_URL: &str = "http://html.render.invalid/";

/// A page, ready to navigate.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) session: Session,
    pub(super) frame: FrameId,
    progress: watch::Receiver<Progress>,
}

/// Answers the page whatever it asks, and notes how far it comes.
#[derive(Debug)]
pub(super) struct Attendant<'a> {
    browser: &'a Browser,
    session: Session,
    events: mpsc::UnboundedReceiver<Event>,
    progress: watch::Sender<Progress>,
    html: Option<Vec<u8>>,
}

impl Page {
    /// Opens an empty page in a context, and prepares it.
    ///
    /// Every preparation is answered before the page navigates: a navigation that comes
    /// too early is answered, and never takes place.
    pub(super) async fn open<'a>(
        context: &Context<'a>,
        options: &Options,
        html: Option<Vec<u8>>,
    ) -> Result<(Self, Attendant<'a>), NotRendered> {
        let browser = context.browser();
        let target = context.page().await?;
        // The id of a page's main frame is that of the page.
        let frame = FrameId::new(target.inner().clone());
        let (session, events) = browser.client().attach(target).await?;
        let (progress, watched) = watch::channel(Progress::of(frame.as_ref()));
        prepare(&session, options, html.is_some()).await?;
        let attendant = Attendant { browser, session: session.clone(), events, progress, html };
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

    /// Waits until the page leaves a document for another: for ever, in most cases.
    pub(super) async fn left(&self, document: &Document) {
        if self.progress.clone().wait_for(|progress| !progress.stays(document)).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

async fn prepare(session: &Session, options: &Options, sent_along: bool) -> Result<(), CallError> {
    let metrics = async {
        let Output::Screenshot(screenshot) = &options.output else { return Ok(()) };
        let viewport = screenshot.viewport;
        let scale = viewport.device_scale_factor;
        let metrics = SetDeviceMetricsOverrideParams::new(viewport.width, viewport.height, scale, false);
        session.call(metrics).await.map(drop)
    };
    let intercept = async {
        if !sent_along {
            return Ok(());
        }
        let ours = RequestPattern { url_pattern: Some(format!("{HTML_URL}*")), ..Default::default() };
        session.call(fetch::EnableParams { patterns: Some(vec![ours]), ..Default::default() }).await.map(drop)
    };
    tokio::try_join!(
        session.call(cdp_page::EnableParams::default()),
        session.call(SetLifecycleEventsEnabledParams::new(true)),
        session.call(inspector::EnableParams {}),
        metrics,
        intercept,
    )?;
    Ok(())
}

impl Attendant<'_> {
    /// Attends until the page or its browser crashes.
    pub(super) async fn attend(mut self) -> NotRendered {
        while let Some(event) = self.events.recv().await {
            match event.method.as_ref() {
                EventTargetCrashed::IDENTIFIER => return failure::crashed(self.browser),
                EventJavascriptDialogOpening::IDENTIFIER => self.session.tell(HandleJavaScriptDialogParams::new(false)),
                EventRequestPaused::IDENTIFIER => self.serve(&event.params),
                method => drop(self.progress.send_if_modified(|progress| progress.note(method, &event.params))),
            }
        }
        CallError::Gone.into()
    }

    /// Serves the page that was sent along, to its first request. There is no other.
    fn serve(&mut self, paused: &Value) {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = text(paused.get("requestId"));
        let url = text(paused.get("request").and_then(|request| request.get("url")));
        let html = if url == HTML_URL { self.html.take() } else { None };
        let status = if html.is_some() { 200 } else { 404 };
        let headers = [("Content-Type", "text/html; charset=utf-8"), ("Referrer-Policy", "no-referrer")];
        self.session.tell(FulfillRequestParams {
            response_headers: Some(headers.map(|(name, value)| HeaderEntry::new(name, value)).into()),
            body: Some(Binary::from(STANDARD.encode(html.unwrap_or_default()))),
            ..FulfillRequestParams::new(id, status)
        });
    }
}
