//! The page of the static lane, and its events while a document is in it.

use std::sync::Mutex;

use chromiumoxide_cdp::cdp::browser_protocol::fetch::{EventRequestPaused, FailRequestParams};
use chromiumoxide_cdp::cdp::browser_protocol::inspector::EventTargetCrashed;
use chromiumoxide_cdp::cdp::browser_protocol::network::ErrorReason;
use chromiumoxide_cdp::cdp::browser_protocol::page::{
    EventJavascriptDialogOpening, EventLifecycleEvent, SetDocumentContentParams,
};
use chromiumoxide_cdp::cdp::browser_protocol::target::{EventAttachedToTarget, EventDetachedFromTarget};
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::navigation::{DocumentId, Navigation};
use super::requests::Requests;
use super::{COMMAND_GRACE, Page};
use crate::browser::Lane;
use crate::cdp::{CallError, Event, Session};

/// The events of a document that is set into a kept page.
pub(crate) struct KeptEvents<'a> {
    session: Session,
    events: &'a mut mpsc::UnboundedReceiver<Event>,
    navigation: watch::Sender<Navigation>,
    /// Its receiver is the page's: nothing is ever requested.
    _requests: watch::Sender<Requests>,
}

impl Page {
    /// The page of a lane, which is empty, for one document.
    pub(in crate::render) fn kept(lane: &mut Lane, deadline: Instant) -> Result<(Self, KeptEvents<'_>), CallError> {
        let (client, frames) = (lane.client().clone(), lane.frames());
        let (loader, world) = lane.document();
        let document = DocumentId(loader.to_owned());
        let attached = lane.page()?;
        while attached.events.try_recv().is_ok() {}
        let frame = attached.main_frame();
        let session = client.session(attached, deadline + COMMAND_GRACE);
        let (navigation, navigated) = watch::channel(Navigation::of_kept(frame.as_ref(), &document));
        let (requests, requested) = watch::channel(Requests::new(frame.as_ref()));
        let world = Mutex::new(Some((document, world)));
        let page = Self { session: session.clone(), frame, frames, navigation: navigated, requests: requested, world };
        Ok((page, KeptEvents { session, events: &mut attached.events, navigation, _requests: requests }))
    }

    /// Replaces the document.
    pub(in crate::render) async fn set_document(&self, html: &str) -> Result<(), CallError> {
        self.session.call(&SetDocumentContentParams::new(self.frame.clone(), html)).await.map(drop)
    }
}

impl KeptEvents<'_> {
    /// Handles events until the document does what it was thought not to, or the page is gone. Returns
    /// which.
    pub(crate) async fn run(self) -> &'static str {
        while let Some(event) = self.events.recv().await {
            if let Err(reason) = self.on_event(&event) {
                return reason;
            }
        }
        "failure"
    }

    fn on_event(&self, event: &Event) -> Result<(), &'static str> {
        match &*event.method {
            EventTargetCrashed::IDENTIFIER | EventDetachedFromTarget::IDENTIFIER => Err("failure"),
            EventRequestPaused::IDENTIFIER => {
                let paused: Value = event.parse().unwrap_or_default();
                let id = paused.get("requestId").and_then(Value::as_str).unwrap_or_default();
                self.session.send(&FailRequestParams::new(id.to_owned(), ErrorReason::BlockedByClient));
                Err("request")
            }
            EventJavascriptDialogOpening::IDENTIFIER | EventAttachedToTarget::IDENTIFIER => Err("script"),
            method @ EventLifecycleEvent::IDENTIFIER => {
                let params: Value = event.parse().unwrap_or_default();
                self.navigation.send_if_modified(|navigation| navigation.on_event(method, &params));
                Ok(())
            }
            method if Navigation::is_departure(method) => Err("navigation"),
            _ => Ok(()),
        }
    }
}
