//! The attendant: stays with a page, and answers it whatever it asks.

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

use super::NotRendered;
use super::failure;
use super::progress::Progress;
use crate::cdp::{CallError, Event, Session};

/// How many windows a page may try to open. None stays open; one that goes on and on is
/// stopped.
const WINDOWS: u32 = 20;

/// How many dialogs it may show. Each is dismissed.
const DIALOGS: u32 = 50;

/// Answers the page whatever it asks, and notes how far it comes.
#[derive(Debug)]
pub(super) struct Attendant<'a> {
    session: Session,
    events: &'a mut mpsc::UnboundedReceiver<Event>,
    progress: watch::Sender<Progress>,
    url: String,
    frame: String,
    html: Option<Vec<u8>>,
    windows: u32,
    dialogs: u32,
}

impl<'a> Attendant<'a> {
    pub(super) fn new(
        session: Session,
        events: &'a mut mpsc::UnboundedReceiver<Event>,
        progress: watch::Sender<Progress>,
        (url, frame): (&str, &str),
        html: Option<Vec<u8>>,
    ) -> Self {
        let (url, frame) = (url.to_owned(), frame.to_owned());
        Self { session, events, progress, url, frame, html, windows: 0, dialogs: 0 }
    }

    /// Attends until the page or its browser crashes, or goes too far.
    pub(super) async fn attend(mut self) -> NotRendered {
        while let Some(event) = self.events.recv().await {
            if let Err(why) = self.heed(&event) {
                return why;
            }
        }
        // What was never handed out has crashed nothing.
        if self.html.is_some() { NotRendered::Untouched } else { CallError::Gone.into() }
    }

    fn heed(&mut self, event: &Event) -> Result<(), NotRendered> {
        match &*event.method {
            EventTargetCrashed::IDENTIFIER => return Err(failure::crashed()),
            EventDetachedFromTarget::IDENTIFIER => return Err(failure::closed()),
            EventJavascriptDialogOpening::IDENTIFIER => return self.dismiss(),
            EventAttachedToTarget::IDENTIFIER => return self.close(event),
            EventRequestPaused::IDENTIFIER => return self.serve(&event.read().unwrap_or_default()),
            method if Progress::heeds(method) => {
                let params: Value = event.read().unwrap_or_default();
                self.progress.send_if_modified(|progress| progress.note(method, &params));
            }
            _ => {}
        }
        Ok(())
    }

    fn dismiss(&mut self) -> Result<(), NotRendered> {
        self.session.tell(&HandleJavaScriptDialogParams::new(false));
        self.dialogs += 1;
        if self.dialogs > DIALOGS { Err(excess("showed", DIALOGS, "dialogs")) } else { Ok(()) }
    }

    /// Closes a window that the page has opened, which is held and has done nothing yet.
    fn close(&mut self, attached: &Event) -> Result<(), NotRendered> {
        if let Some(EventAttachedToTarget { target_info, .. }) = attached.read() {
            self.session.client().tell(&CloseTargetParams::new(target_info.target_id));
        }
        self.windows += 1;
        if self.windows > WINDOWS { Err(excess("opened", WINDOWS, "windows")) } else { Ok(()) }
    }

    /// Serves the page that was sent along, to its first request. There is no other: one that
    /// reloads or goes on to a path of its own would be a page of nothing.
    fn serve(&mut self, paused: &Value) -> Result<(), NotRendered> {
        let text = |at: &str| paused.pointer(at).and_then(Value::as_str).unwrap_or_default();
        let id = text("/requestId").to_owned();
        let html = if text("/request/url") == self.url { self.html.take() } else { None };
        if html.is_none() && text("/resourceType") == "Document" && text("/frameId") == self.frame {
            let message = "the page left the document that came with the job, as by a reload; there is no other";
            return Err(NotRendered::fail(ErrorCode::NavigationFailed, message));
        }
        let status = if html.is_some() { 200 } else { 404 };
        let headers = [("Content-Type", "text/html; charset=utf-8"), ("Referrer-Policy", "no-referrer")];
        self.session.tell(&FulfillRequestParams {
            response_headers: Some(headers.map(|(name, value)| HeaderEntry::new(name, value)).into()),
            body: Some(Binary::from(STANDARD.encode(html.unwrap_or_default()))),
            ..FulfillRequestParams::new(id, status)
        });
        Ok(())
    }
}

fn excess(verb: &str, most: u32, what: &str) -> NotRendered {
    NotRendered::fail(ErrorCode::NavigationFailed, format!("the page {verb} more than {most} {what}, and was stopped"))
}
