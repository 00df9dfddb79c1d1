//! Dispatching replies and events to the tasks that wait for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chromiumoxide_cdp::cdp::browser_protocol::browser::BrowserContextId;
use chromiumoxide_cdp::cdp::browser_protocol::inspector::EventTargetCrashed;
use chromiumoxide_cdp::cdp::browser_protocol::page::FrameId;
use chromiumoxide_cdp::cdp::browser_protocol::target::{
    EventAttachedToTarget, EventDetachedFromTarget, SessionId, TargetId,
};
use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};

use super::error::CallError;
use super::message::{Event, Incoming};

/// The reply to a command: a result, or the browser's error message.
type Reply = Result<Result<Bytes, String>, CallError>;

/// A page that has attached and is paused until it is told to run.
#[derive(Debug)]
pub(crate) struct PageTarget {
    pub(crate) target_id: TargetId,
    pub(super) session_id: SessionId,
    pub(crate) events: mpsc::UnboundedReceiver<Event>,
}

/// The pending commands and the pages of a browser.
#[derive(Debug, Default)]
pub(super) struct Dispatcher(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The pipe is no longer read.
    closed: bool,
    calls: HashMap<u64, Call>,
    /// The context of the page that was requested, and who receives it once it attaches.
    expected_page: Option<(BrowserContextId, oneshot::Sender<PageTarget>)>,
    /// The pages that were requested.
    pages: Vec<AttachedPage>,
}

#[derive(Debug)]
struct Call {
    session_id: Option<Box<str>>,
    reply: oneshot::Sender<Reply>,
}

/// A page that was requested.
#[derive(Debug)]
struct AttachedPage {
    session_id: Box<str>,
    events: mpsc::UnboundedSender<Event>,
    crashed: bool,
}

/// A command that waits for its reply. Dropping it abandons the command.
pub(super) struct Pending {
    dispatcher: Arc<Dispatcher>,
    id: u64,
    reply: oneshot::Receiver<Reply>,
}

/// The parts of `Target.attachedToTarget` that are needed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attached {
    session_id: SessionId,
    target_info: AttachedInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AttachedInfo {
    target_id: TargetId,
    browser_context_id: Option<BrowserContextId>,
}

impl PageTarget {
    /// Returns the page's main frame, whose id is that of the page.
    pub(crate) fn main_frame(&self) -> FrameId {
        FrameId::new(self.target_id.inner().clone())
    }
}

impl Dispatcher {
    /// Registers a command, before it is sent. Fails if the browser or the page is gone.
    pub(super) fn register(self: &Arc<Self>, id: u64, session: Option<&SessionId>) -> Result<Pending, CallError> {
        let session_id: Option<Box<str>> = session.map(|session| session.inner().as_str().into());
        let (sender, reply) = oneshot::channel();
        let mut state = self.lock();
        if state.closed {
            return Err(CallError::BrowserGone);
        }
        if let Some(session_id) = &session_id {
            match state.page(session_id) {
                Some(page) if !page.crashed => {}
                Some(_) | None => return Err(CallError::PageCrashed),
            }
        }
        state.calls.insert(id, Call { session_id, reply: sender });
        Ok(Pending { dispatcher: Arc::clone(self), id, reply })
    }

    pub(super) fn expect_page(&self, context: BrowserContextId) -> oneshot::Receiver<PageTarget> {
        let (sender, page) = oneshot::channel();
        let mut state = self.lock();
        state.expected_page = Some((context, sender)).filter(|_| !state.closed);
        page
    }

    pub(super) fn forget_page(&self, session: Option<&SessionId>) {
        let mut state = self.lock();
        state.expected_page = None;
        if let Some(session) = session {
            state.pages.retain(|page| *page.session_id != *session.inner().as_str());
        }
    }

    pub(super) fn dispatch(&self, message: Incoming) {
        match message {
            Incoming::Reply(id, reply) => {
                if let Some(call) = self.lock().calls.remove(&id) {
                    let _abandoned = call.reply.send(Ok(reply));
                }
            }
            Incoming::Event(Some(session_id), event) => self.on_page_event(&session_id, event),
            Incoming::Event(None, event) => self.on_browser_event(event),
            Incoming::Unknown => {}
        }
    }

    /// Fails all pending commands with this error, and later ones with
    /// [`CallError::BrowserGone`].
    pub(super) fn close(&self, error: &CallError) {
        let mut state = self.lock();
        for (_, call) in state.calls.drain() {
            let _abandoned = call.reply.send(Err(error.clone()));
        }
        *state = State { closed: true, ..State::default() };
    }

    fn on_page_event(&self, session_id: &str, event: Event) {
        let mut state = self.lock();
        if &*event.method == EventTargetCrashed::IDENTIFIER {
            state.set_crashed(session_id);
        }
        if let Some(page) = state.page(session_id) {
            let _abandoned = page.events.send(event);
        }
    }

    fn on_browser_event(&self, event: Event) {
        match &*event.method {
            EventAttachedToTarget::IDENTIFIER => self.lock().attach(&event),
            EventDetachedFromTarget::IDENTIFIER => {
                if let Some(EventDetachedFromTarget { session_id, .. }) = event.parse() {
                    self.on_page_event(session_id.as_ref(), event);
                    self.lock().set_crashed(session_id.as_ref());
                }
            }
            _ => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn page(&mut self, session_id: &str) -> Option<&mut AttachedPage> {
        self.pages.iter_mut().find(|page| &*page.session_id == session_id)
    }

    /// Fails the pending commands of a page that is gone: they will never be replied to.
    fn set_crashed(&mut self, session_id: &str) {
        if let Some(page) = self.page(session_id) {
            page.crashed = true;
        }
        for (_, call) in self.calls.extract_if(|_, call| call.session_id.as_deref() == Some(session_id)) {
            let _abandoned = call.reply.send(Err(CallError::PageCrashed));
        }
    }

    /// Adds a page that attached if it was requested; else reports it to the listeners of all pages
    /// as a window that one of them opened.
    fn attach(&mut self, event: &Event) {
        let Some(Attached { session_id, target_info }) = event.parse() else { return };
        let is_expected =
            |(context, _): &mut (BrowserContextId, _)| target_info.browser_context_id.as_ref() == Some(context);
        let Some((_, expected)) = self.expected_page.take_if(is_expected) else {
            for page in &self.pages {
                let _abandoned = page.events.send(event.clone());
            }
            return;
        };
        let (sender, events) = mpsc::unbounded_channel();
        let id = session_id.inner().as_str().into();
        self.pages.push(AttachedPage { session_id: id, events: sender, crashed: false });
        let _abandoned = expected.send(PageTarget { target_id: target_info.target_id, session_id, events });
    }
}

impl Pending {
    /// Waits for the reply.
    pub(super) async fn reply(mut self) -> Reply {
        (&mut self.reply).await.unwrap_or(Err(CallError::BrowserGone))
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.dispatcher.lock().calls.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use chromiumoxide_cdp::cdp::browser_protocol::browser::BrowserContextId;
    use chromiumoxide_cdp::cdp::browser_protocol::target::SessionId;

    use super::{CallError, Dispatcher, PageTarget};
    use crate::cdp::message::decode;

    fn dispatch(dispatcher: &Dispatcher, message: &'static str) {
        dispatcher.dispatch(decode(&Bytes::from_static(message.as_bytes())));
    }

    const ATTACHED: &str = r#"{"method":"Target.attachedToTarget","params":{"sessionId":"s","targetInfo":{"targetId":"t","browserContextId":"c"}}}"#;
    const OTHER_ATTACHED: &str = r#"{"method":"Target.attachedToTarget","params":{"sessionId":"s2","targetInfo":{"targetId":"t2","browserContextId":"c2"}}}"#;

    async fn dispatcher_with_page() -> (Arc<Dispatcher>, PageTarget) {
        let dispatcher = Arc::new(Dispatcher::default());
        let expected = dispatcher.expect_page(BrowserContextId::new("c"));
        dispatch(&dispatcher, ATTACHED);
        (dispatcher, expected.await.expect("a page"))
    }

    #[tokio::test]
    async fn a_crash_fails_the_commands_of_the_page_and_not_those_of_the_browser() {
        let (dispatcher, _page) = dispatcher_with_page().await;
        let session = SessionId::new("s");
        let pending = dispatcher.register(1, Some(&session)).expect("a live page");

        dispatch(&dispatcher, r#"{"method":"Inspector.targetCrashed","sessionId":"s","params":{}}"#);

        assert!(matches!(pending.reply().await, Err(CallError::PageCrashed)));
        assert!(matches!(dispatcher.register(2, Some(&session)), Err(CallError::PageCrashed)));
        assert!(dispatcher.register(3, None).is_ok(), "the browser is alive");
    }

    #[tokio::test]
    async fn each_page_has_its_own_events_and_a_crash_concerns_one() {
        let (dispatcher, mut page) = dispatcher_with_page().await;
        let expected = dispatcher.expect_page(BrowserContextId::new("c2"));
        dispatch(&dispatcher, OTHER_ATTACHED);
        let mut other = expected.await.expect("a page");

        dispatch(&dispatcher, r#"{"method":"Inspector.targetCrashed","sessionId":"s2","params":{}}"#);

        assert!(other.events.try_recv().is_ok());
        assert!(page.events.try_recv().is_err());
        assert!(dispatcher.register(1, Some(&SessionId::new("s"))).is_ok());
        assert!(dispatcher.register(2, Some(&SessionId::new("s2"))).is_err());
    }

    #[tokio::test]
    async fn the_late_page_of_an_abandoned_context_is_not_that_of_the_next() {
        let dispatcher = Arc::new(Dispatcher::default());
        drop(dispatcher.expect_page(BrowserContextId::new("c")));
        let expected = dispatcher.expect_page(BrowserContextId::new("c2"));

        dispatch(&dispatcher, ATTACHED);
        dispatch(&dispatcher, OTHER_ATTACHED);

        assert_eq!(expected.await.expect("a page").target_id.inner(), "t2");
    }

    #[tokio::test]
    async fn a_window_that_was_not_requested_is_reported_to_all_pages_and_a_forgotten_one_gets_nothing() {
        let (dispatcher, mut page) = dispatcher_with_page().await;

        dispatch(&dispatcher, OTHER_ATTACHED);
        let event = page.events.try_recv().expect("an event");
        dispatcher.forget_page(Some(&SessionId::new("s")));

        assert_eq!(&*event.method, "Target.attachedToTarget");
        assert!(page.events.recv().await.is_none());
        assert!(dispatcher.register(1, Some(&SessionId::new("s"))).is_err());
    }

    #[tokio::test]
    async fn a_page_that_is_detached_gets_the_event_and_no_further_command() {
        let (dispatcher, mut page) = dispatcher_with_page().await;

        dispatch(&dispatcher, r#"{"method":"Target.detachedFromTarget","params":{"sessionId":"s"}}"#);

        let event = page.events.try_recv().expect("an event");
        assert_eq!(&*event.method, "Target.detachedFromTarget");
        assert!(matches!(dispatcher.register(1, Some(&SessionId::new("s"))), Err(CallError::PageCrashed)));
    }

    #[tokio::test]
    async fn a_reply_that_is_too_large_fails_all_pending_commands() {
        let (dispatcher, _page) = dispatcher_with_page().await;
        let pending = dispatcher.register(1, None).expect("a live browser");

        dispatcher.close(&CallError::ReplyTooLarge);

        assert!(matches!(pending.reply().await, Err(CallError::ReplyTooLarge)));
        assert!(matches!(dispatcher.register(2, None), Err(CallError::BrowserGone)));
    }
}
