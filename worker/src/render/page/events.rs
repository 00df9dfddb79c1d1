//! The events of a page: handles what a page does to its browser while it is rendered.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chromiumoxide_cdp::cdp::browser_protocol::fetch::{EventRequestPaused, FulfillRequestParams, HeaderEntry};
use chromiumoxide_cdp::cdp::browser_protocol::inspector::EventTargetCrashed;
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

use super::navigation::Navigation;
use super::requests::Requests;
use crate::cdp::{CallError, Event, Session};
use crate::render::failure::{self, RenderError};

/// How many dialogs a page may show. Each is dismissed, and the render fails after this many.
const MAX_DIALOGS: u32 = 50;

/// How many times an html job may load its document again. The render fails after this many.
const MAX_RELOADS: u32 = 20;

/// Handles the events of one page.
#[derive(Debug)]
pub(crate) struct EventHandler<'a> {
    session: Session,
    events: &'a mut mpsc::UnboundedReceiver<Event>,
    navigation: watch::Sender<Navigation>,
    requests: watch::Sender<Requests>,
    url: String,
    frame: String,
    /// The document of an html job.
    html: Option<Vec<u8>>,
    /// How many times it was served.
    served: u32,
    dialogs: u32,
}

impl<'a> EventHandler<'a> {
    pub(super) fn new(
        session: Session,
        events: &'a mut mpsc::UnboundedReceiver<Event>,
        (navigation, requests): (watch::Sender<Navigation>, watch::Sender<Requests>),
        (url, frame): (&str, &str),
        html: Option<Vec<u8>>,
    ) -> Self {
        let (url, frame) = (url.to_owned(), frame.to_owned());
        Self { session, events, navigation, requests, url, frame, html, served: 0, dialogs: 0 }
    }

    /// Handles events until the page or its browser crashes, or the page exceeds a limit.
    pub(crate) async fn run(mut self) -> RenderError {
        while let Some(event) = self.events.recv().await {
            if let Err(error) = self.on_event(&event) {
                return error;
            }
        }
        // If the document was never served, it cannot have crashed the browser: release the job.
        let was_served = self.html.is_none() || self.served > 0;
        if was_served { CallError::BrowserGone.into() } else { RenderError::NotAttempted }
    }

    fn on_event(&mut self, event: &Event) -> Result<(), RenderError> {
        match &*event.method {
            EventTargetCrashed::IDENTIFIER => return Err(failure::renderer_crashed()),
            EventDetachedFromTarget::IDENTIFIER => return Err(failure::page_closed()),
            EventJavascriptDialogOpening::IDENTIFIER => return self.dismiss_dialog(),
            EventAttachedToTarget::IDENTIFIER => self.close_window(event),
            EventRequestPaused::IDENTIFIER => return self.respond(&event.parse().unwrap_or_default()),
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

    /// Responds to a request for the document of an html job with the document, also if the page
    /// reloads itself, and to any other request to its origin with 404. If the main frame itself
    /// requests another document, the render fails, because a blank page would be captured.
    fn respond(&mut self, paused: &Value) -> Result<(), RenderError> {
        let text = |path: &str| paused.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let id = text("/requestId").to_owned();
        let is_page = text("/resourceType") == "Document" && text("/frameId") == self.frame;
        let html = self.html.as_deref().filter(|_| is_page && is_document(text("/request/url"), &self.url));
        if is_page && html.is_none() {
            let message = "the page navigated away from the `html` of the job; set `base_url` for relative links";
            return Err(RenderError::permanent(ErrorCode::NavigationFailed, message));
        }
        if is_page {
            self.served += 1;
        }
        if self.served > MAX_RELOADS + 1 {
            return Err(too_many("reloaded itself", MAX_RELOADS, "times"));
        }
        let status = if html.is_some() { 200 } else { 404 };
        let headers = [("Content-Type", "text/html; charset=utf-8"), ("Referrer-Policy", "no-referrer")];
        self.session.send(&FulfillRequestParams {
            response_headers: Some(headers.map(|(name, value)| HeaderEntry::new(name, value)).into()),
            body: Some(Binary::from(STANDARD.encode(html.unwrap_or_default()))),
            ..FulfillRequestParams::new(id, status)
        });
        Ok(())
    }
}

/// Whether a URL is that of the document, with any query: a page may reload itself with one.
fn is_document(requested: &str, url: &str) -> bool {
    requested.strip_prefix(url).is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '#']))
}

fn too_many(verb: &str, max: u32, what: &str) -> RenderError {
    RenderError::permanent(ErrorCode::NavigationFailed, format!("the page {verb} more than {max} {what}"))
}
