//! The requests of a page, as the browser reports them.

use std::collections::HashMap;

use chromiumoxide_cdp::cdp::browser_protocol::network::{
    EventLoadingFailed, EventLoadingFinished, EventRequestWillBeSent, EventResponseReceived,
};
use chromiumoxide_cdp::cdp::browser_protocol::page::EventFrameDetached;
use serde::Deserialize;
use tokio::time::Instant;

use crate::cdp::Event;

/// Resource types that nobody waits for: they stay open for as long as the page, are sent on the
/// side, or stream.
const BACKGROUND_TYPES: [&str; 8] =
    ["EventSource", "WebSocket", "Ping", "CSPViolationReport", "Media", "Manifest", "Prefetch", "TextTrack"];

/// The error of a request that the options of the job block.
const BLOCKED_BY_OPTIONS: &str = "net::ERR_BLOCKED_BY_CLIENT";

/// The requests of a page's main frame and of the frames in its process.
#[derive(Debug)]
pub(crate) struct Requests {
    frame: String,
    open: HashMap<String, OpenRequest>,
    /// Since when no request is open that a person would wait for.
    quiet_since: Option<Instant>,
    /// The last response to a request for the main frame's document.
    document: Option<DocumentResponse>,
    /// The last error of a request for the main frame's document.
    document_error: Option<DocumentError>,
    failed: u32,
}

#[derive(Debug)]
struct OpenRequest {
    frame: String,
    loader: String,
    is_awaited: bool,
    is_font: bool,
}

#[derive(Debug)]
struct DocumentResponse {
    loader: String,
    status: u16,
}

/// Why a document did not arrive, or not as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DocumentError {
    /// The loader of the document.
    pub(crate) loader: String,
    /// The browser's network error, for example `net::ERR_ABORTED`.
    pub(crate) error: String,
    /// Whether the page or the browser stopped the request, for example for a download.
    pub(crate) canceled: bool,
}

/// The parameters of all events that are handled, as far as they are needed.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Params {
    request_id: String,
    loader_id: String,
    frame_id: String,
    r#type: String,
    error_text: String,
    canceled: bool,
    response: Response,
}

#[derive(Debug, Default, Deserialize)]
struct Response {
    status: u16,
}

impl Requests {
    /// The requests of a new page, whose main frame is `frame`.
    pub(super) fn new(frame: &str) -> Self {
        Self {
            frame: frame.to_owned(),
            open: HashMap::new(),
            quiet_since: Some(Instant::now()),
            document: None,
            document_error: None,
            failed: 0,
        }
    }

    /// Since when no request is open that a person would wait for, or `None` while one is.
    pub(crate) fn quiet_since(&self) -> Option<Instant> {
        self.quiet_since
    }

    /// Whether a font is being loaded.
    pub(crate) fn has_open_font(&self) -> bool {
        self.open.values().any(|request| request.is_font)
    }

    /// The HTTP status of a document.
    pub(crate) fn status_of(&self, loader: &str) -> Option<u16> {
        self.document.as_ref().filter(|document| document.loader == loader).map(|document| document.status)
    }

    /// The last error of a request for the main frame's document.
    pub(crate) fn document_error(&self) -> Option<&DocumentError> {
        self.document_error.as_ref()
    }

    /// How many requests for parts of the page failed.
    pub(crate) fn failed(&self) -> u32 {
        self.failed
    }

    /// Handles an event, and returns whether anything may have changed that is waited for.
    pub(super) fn on_event(&mut self, event: &Event) -> bool {
        let params = || event.parse::<Params>().unwrap_or_default();
        match &*event.method {
            EventRequestWillBeSent::IDENTIFIER => self.start(params()),
            EventResponseReceived::IDENTIFIER => self.respond(&params()),
            EventLoadingFinished::IDENTIFIER => drop(self.open.remove(&params().request_id)),
            EventLoadingFailed::IDENTIFIER => self.fail(params()),
            EventFrameDetached::IDENTIFIER => {
                let frame = params().frame_id;
                self.open.retain(|_, request| request.frame != frame);
            }
            _ => return false,
        }
        self.update();
        true
    }

    /// Forgets the requests of other documents. A new one has no frames yet.
    pub(super) fn on_commit(&mut self, loader: &str) {
        self.open.retain(|_, request| request.loader == loader);
        self.failed = 0;
        self.update();
    }

    /// The main frame has stopped loading. A document that stops itself reports no end.
    pub(super) fn on_stop(&mut self) {
        self.open.retain(|id, request| request.frame != self.frame || *id != request.loader);
        self.update();
    }

    fn start(&mut self, Params { request_id, loader_id, frame_id, r#type, .. }: Params) {
        let is_awaited = !BACKGROUND_TYPES.contains(&&*r#type);
        let request = OpenRequest { frame: frame_id, loader: loader_id, is_awaited, is_font: r#type == "Font" };
        self.open.insert(request_id, request);
    }

    fn respond(&mut self, params: &Params) {
        let status = params.response.status;
        if self.is_document(params) {
            self.document = Some(DocumentResponse { loader: params.request_id.clone(), status });
        } else if status >= 400 && !BACKGROUND_TYPES.contains(&&*params.r#type) {
            self.failed += 1;
        }
    }

    fn fail(&mut self, params: Params) {
        // Unlike a response, a failure names neither the frame nor the loader.
        let request = self.open.remove(&params.request_id);
        let is_document = |request: &OpenRequest| request.frame == self.frame && request.loader == params.request_id;
        if request.as_ref().is_some_and(is_document) {
            let Params { request_id: loader, error_text: error, canceled, .. } = params;
            self.document_error = Some(DocumentError { loader, error, canceled });
        } else if !params.canceled
            && !params.error_text.starts_with(BLOCKED_BY_OPTIONS)
            && request.is_some_and(|request| request.is_awaited)
        {
            self.failed += 1;
        }
    }

    fn is_document(&self, params: &Params) -> bool {
        params.frame_id == self.frame && params.request_id == params.loader_id
    }

    fn update(&mut self) {
        let is_quiet = !self.open.values().any(|request| request.is_awaited);
        if !is_quiet {
            self.quiet_since = None;
        } else if self.quiet_since.is_none() {
            self.quiet_since = Some(Instant::now());
        }
    }
}
