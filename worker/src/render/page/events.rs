//! The events of a page: handles what a page does to its browser while it is rendered.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chromiumoxide_cdp::cdp::browser_protocol::fetch::{
    ContinueRequestParams, ContinueWithAuthParams, EventAuthRequired, EventRequestPaused, FailRequestParams,
    FulfillRequestParams, HeaderEntry,
};
use chromiumoxide_cdp::cdp::browser_protocol::inspector::EventTargetCrashed;
use chromiumoxide_cdp::cdp::browser_protocol::network::ErrorReason;
use chromiumoxide_cdp::cdp::browser_protocol::page::{
    EventFrameNavigated, EventFrameStoppedLoading, EventJavascriptDialogOpening, HandleJavaScriptDialogParams,
};
use chromiumoxide_cdp::cdp::browser_protocol::target::{
    CloseTargetParams, EventAttachedToTarget, EventDetachedFromTarget,
};
use chromiumoxide_types::Binary;
use domain::job::ErrorCode;
use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::document::{Document, Response};
use super::navigation::Navigation;
use super::requests::Requests;
use super::rules::{Rules, Verdict};
use crate::cdp::{CallError, Event, Session};
use crate::render::failure::{self, RenderError};

/// How many dialogs a page may show. Each is dismissed, and the render fails after this many.
const MAX_DIALOGS: u32 = 50;

/// Handles the events of one page.
#[derive(Debug)]
pub(crate) struct EventHandler<'a> {
    session: Session,
    events: &'a mut mpsc::UnboundedReceiver<Event>,
    navigation: watch::Sender<Navigation>,
    requests: watch::Sender<Requests>,
    frame: String,
    document: Document,
    rules: Rules,
    dialogs: u32,
}

impl<'a> EventHandler<'a> {
    pub(super) fn new(
        session: Session,
        events: &'a mut mpsc::UnboundedReceiver<Event>,
        (navigation, requests): (watch::Sender<Navigation>, watch::Sender<Requests>),
        document: Document,
        rules: Rules,
    ) -> Self {
        let frame = rules.frame().to_owned();
        Self { session, events, navigation, requests, frame, document, rules, dialogs: 0 }
    }

    /// Handles events until the page or its browser crashes, or the page exceeds a limit.
    pub(crate) async fn run(mut self) -> RenderError {
        while let Some(event) = self.events.recv().await {
            if let Err(error) = self.on_event(&event) {
                return error;
            }
        }
        // If the document was never served, it cannot have crashed the browser: release the job.
        if self.document.may_have_run() { CallError::BrowserGone.into() } else { RenderError::NotAttempted }
    }

    fn on_event(&mut self, event: &Event) -> Result<(), RenderError> {
        match &*event.method {
            EventTargetCrashed::IDENTIFIER => return Err(failure::renderer_crashed()),
            EventDetachedFromTarget::IDENTIFIER => return Err(failure::page_closed()),
            EventJavascriptDialogOpening::IDENTIFIER => return self.dismiss_dialog(),
            EventAttachedToTarget::IDENTIFIER => self.close_window(event),
            EventAuthRequired::IDENTIFIER => self.authenticate(&event.parse().unwrap_or_default()),
            EventRequestPaused::IDENTIFIER => return self.decide(&event.parse().unwrap_or_default()),
            method if Navigation::is_navigation_event(method) => {
                let params: Value = event.parse().unwrap_or_default();
                self.navigation.send_if_modified(|navigation| navigation.on_event(method, &params));
                self.follow(method, &params);
            }
            _ => {
                self.requests.send_if_modified(|requests| requests.on_event(event));
            }
        }
        self.check_document()
    }

    /// Tells the requests what the main frame does.
    fn follow(&self, method: &str, params: &Value) {
        let is_main = |path: &str| params.pointer(path).and_then(Value::as_str) == Some(&self.frame);
        if method == EventFrameNavigated::IDENTIFIER && is_main("/frame/id") {
            let loader = params.pointer("/frame/loaderId").and_then(Value::as_str).unwrap_or_default();
            self.requests.send_modify(|requests| requests.on_commit(loader));
        } else if method == EventFrameStoppedLoading::IDENTIFIER && is_main("/frameId") {
            self.requests.send_modify(Requests::on_stop);
        }
    }

    /// Fails the render if the rest of the current document will never arrive. What was cut off
    /// looks like a whole page.
    fn check_document(&self) -> Result<(), RenderError> {
        let requests = self.requests.borrow();
        let Some(error) = requests.document_error().filter(|error| !error.canceled) else { return Ok(()) };
        let navigation = self.navigation.borrow();
        match navigation.loaded_url(&error.loader) {
            Some(url) => Err(failure::incomplete_document(&error.error, &failure::origin(url))),
            None => Ok(()),
        }
    }

    fn dismiss_dialog(&mut self) -> Result<(), RenderError> {
        self.session.send(&HandleJavaScriptDialogParams::new(false));
        self.dialogs += 1;
        if self.dialogs > MAX_DIALOGS { Err(too_many("showed", MAX_DIALOGS, "dialogs")) } else { Ok(()) }
    }

    /// Closes a window. Browsers block those that a page opens, so there should be none.
    fn close_window(&self, attached: &Event) {
        if let Some(EventAttachedToTarget { target_info, .. }) = attached.parse() {
            self.session.client().send(&CloseTargetParams::new(target_info.target_id));
        }
    }

    fn authenticate(&mut self, challenged: &Value) {
        let id = challenged.get("requestId").and_then(Value::as_str).unwrap_or_default().to_owned();
        let response = self.rules.authenticate(challenged);
        self.session.send(&ContinueWithAuthParams::new(id, response));
    }

    /// Decides on a request that is paused. If the main frame of an html job itself requests another
    /// document, the render fails, because a blank page would be captured.
    fn decide(&mut self, paused: &Value) -> Result<(), RenderError> {
        let text = |path: &str| paused.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let (id, url) = (text("/requestId"), text("/request/url"));
        let is_page = text("/resourceType") == "Document" && text("/frameId") == self.frame;
        match self.document.response_to(url, is_page) {
            Response::Body(html) => self.session.send(&fulfill(id, 200, html)),
            Response::NotFound => self.session.send(&fulfill(id, 404, &[])),
            Response::Left => {
                let message = "the page navigated away from the `html` of the job; set `base_url` for relative links";
                return Err(RenderError::permanent(ErrorCode::NavigationFailed, message));
            }
            Response::TooManyReloads(max) => return Err(too_many("reloaded itself", max, "times")),
            Response::Elsewhere => match self.rules.decide(paused) {
                Verdict::SendWith(headers) => {
                    let with_headers =
                        ContinueRequestParams { headers: Some(headers), ..ContinueRequestParams::new(id.to_owned()) };
                    self.session.send(&with_headers);
                }
                Verdict::Send => self.session.send(&ContinueRequestParams::new(id.to_owned())),
                Verdict::Block => {
                    self.session.send(&FailRequestParams::new(id.to_owned(), ErrorReason::BlockedByClient));
                }
            },
        }
        Ok(())
    }
}

fn fulfill(id: &str, status: i64, html: &[u8]) -> FulfillRequestParams {
    let headers = [("Content-Type", "text/html; charset=utf-8"), ("Referrer-Policy", "no-referrer")];
    FulfillRequestParams {
        response_headers: Some(headers.map(|(name, value)| HeaderEntry::new(name, value)).into()),
        body: Some(Binary::from(STANDARD.encode(html))),
        ..FulfillRequestParams::new(id.to_owned(), status)
    }
}

fn too_many(verb: &str, max: u32, what: &str) -> RenderError {
    RenderError::permanent(ErrorCode::NavigationFailed, format!("the page {verb} more than {max} {what}"))
}
