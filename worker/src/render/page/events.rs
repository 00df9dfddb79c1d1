//! The events of a page: handles what a page does to its browser while it is rendered.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chromiumoxide_cdp::cdp::browser_protocol::fetch::{EventRequestPaused, FulfillRequestParams, HeaderEntry};
use chromiumoxide_cdp::cdp::browser_protocol::inspector::EventTargetCrashed;
use chromiumoxide_cdp::cdp::browser_protocol::page::{EventJavascriptDialogOpening, HandleJavaScriptDialogParams};
use chromiumoxide_cdp::cdp::browser_protocol::target::{
    CloseTargetParams, EventAttachedToTarget, EventDetachedFromTarget,
};
use chromiumoxide_types::Binary;
use domain::job::ErrorCode;
use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::navigation::Navigation;
use crate::cdp::{CallError, Event, Session};
use crate::render::failure::{self, RenderError};

/// How many windows a page may open. Each is closed, and the render fails after this many.
const MAX_WINDOWS: u32 = 20;

/// How many dialogs a page may show. Each is dismissed, and the render fails after this many.
const MAX_DIALOGS: u32 = 50;

/// Handles the events of one page.
#[derive(Debug)]
pub(crate) struct EventHandler<'a> {
    session: Session,
    events: &'a mut mpsc::UnboundedReceiver<Event>,
    navigation: watch::Sender<Navigation>,
    url: String,
    frame: String,
    /// The document of an html job, until it is served.
    html: Option<Vec<u8>>,
    windows: u32,
    dialogs: u32,
}

impl<'a> EventHandler<'a> {
    pub(super) fn new(
        session: Session,
        events: &'a mut mpsc::UnboundedReceiver<Event>,
        navigation: watch::Sender<Navigation>,
        (url, frame): (&str, &str),
        html: Option<Vec<u8>>,
    ) -> Self {
        let (url, frame) = (url.to_owned(), frame.to_owned());
        Self { session, events, navigation, url, frame, html, windows: 0, dialogs: 0 }
    }

    /// Handles events until the page or its browser crashes, or the page exceeds a limit.
    pub(crate) async fn run(mut self) -> RenderError {
        while let Some(event) = self.events.recv().await {
            if let Err(error) = self.on_event(&event) {
                return error;
            }
        }
        // If the document was never served, it cannot have crashed the browser: release the job.
        if self.html.is_some() { RenderError::NotAttempted } else { CallError::BrowserGone.into() }
    }

    fn on_event(&mut self, event: &Event) -> Result<(), RenderError> {
        match &*event.method {
            EventTargetCrashed::IDENTIFIER => return Err(failure::renderer_crashed()),
            EventDetachedFromTarget::IDENTIFIER => return Err(failure::page_closed()),
            EventJavascriptDialogOpening::IDENTIFIER => return self.dismiss_dialog(),
            EventAttachedToTarget::IDENTIFIER => return self.close_window(event),
            EventRequestPaused::IDENTIFIER => return self.respond(&event.parse().unwrap_or_default()),
            method if Navigation::is_navigation_event(method) => {
                let params: Value = event.parse().unwrap_or_default();
                self.navigation.send_if_modified(|navigation| navigation.on_event(method, &params));
            }
            _ => {}
        }
        Ok(())
    }

    fn dismiss_dialog(&mut self) -> Result<(), RenderError> {
        self.session.send(&HandleJavaScriptDialogParams::new(false));
        self.dialogs += 1;
        if self.dialogs > MAX_DIALOGS { Err(too_many("showed", MAX_DIALOGS, "dialogs")) } else { Ok(()) }
    }

    /// Closes a window that the page has opened. It is held, so it has loaded nothing yet.
    fn close_window(&mut self, attached: &Event) -> Result<(), RenderError> {
        if let Some(EventAttachedToTarget { target_info, .. }) = attached.parse() {
            self.session.client().send(&CloseTargetParams::new(target_info.target_id));
        }
        self.windows += 1;
        if self.windows > MAX_WINDOWS { Err(too_many("opened", MAX_WINDOWS, "windows")) } else { Ok(()) }
    }

    /// Responds to the first request for the URL of an html job with the document, and to any
    /// other request to its origin with 404. If the main frame itself requests another document,
    /// the render fails, because a blank page would be captured.
    fn respond(&mut self, paused: &Value) -> Result<(), RenderError> {
        let text = |path: &str| paused.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let id = text("/requestId").to_owned();
        let html = if text("/request/url") == self.url { self.html.take() } else { None };
        if html.is_none() && text("/resourceType") == "Document" && text("/frameId") == self.frame {
            let message = "the page navigated away from the `html` of the job, for example by a reload";
            return Err(RenderError::permanent(ErrorCode::NavigationFailed, message));
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

fn too_many(verb: &str, max: u32, what: &str) -> RenderError {
    RenderError::permanent(ErrorCode::NavigationFailed, format!("the page {verb} more than {max} {what}"))
}
