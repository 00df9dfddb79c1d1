//! Who waits for what, and who hears of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chromiumoxide_cdp::cdp::browser_protocol::inspector::EventTargetCrashed;
use chromiumoxide_cdp::cdp::browser_protocol::target::{
    EventAttachedToTarget, EventDetachedFromTarget, SessionId, TargetId,
};
use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};

use super::message::{Event, Said};
use super::{Appeared, CallError};

/// An answer as it came: a result, or what the browser did not like.
type Heard = Result<Result<Bytes, String>, CallError>;

/// Everybody who waits for something that a browser says.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Nothing will be said any more.
    ended: bool,
    calls: HashMap<u64, Call>,
    /// Who asked for a page that has not appeared yet.
    expected: Option<oneshot::Sender<Appeared>>,
    page: Option<Shown>,
}

#[derive(Debug)]
struct Call {
    session: Option<Box<str>>,
    answer: oneshot::Sender<Heard>,
}

/// The page that is shown.
#[derive(Debug)]
struct Shown {
    session: Box<str>,
    events: mpsc::UnboundedSender<Event>,
    crashed: bool,
}

/// A place in the line. Dropping it leaves the line.
pub(super) struct Place {
    waiting: Arc<Waiting>,
    id: u64,
    answer: oneshot::Receiver<Heard>,
}

/// The part of an event that tells of a new page.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attached {
    session_id: SessionId,
    target_info: Info,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    target_id: TargetId,
}

impl Waiting {
    pub(super) fn enter(self: &Arc<Self>, id: u64, session: Option<&SessionId>) -> Result<Place, CallError> {
        let session: Option<Box<str>> = session.map(|session| session.inner().as_str().into());
        let (answer, heard) = oneshot::channel();
        let mut state = self.lock();
        if state.ended {
            return Err(CallError::Gone);
        }
        if let Some(session) = &session {
            match &state.page {
                Some(page) if page.session == *session && !page.crashed => {}
                Some(_) | None => return Err(CallError::Crashed),
            }
        }
        state.calls.insert(id, Call { session, answer });
        Ok(Place { waiting: Arc::clone(self), id, answer: heard })
    }

    pub(super) fn expect_page(&self) -> oneshot::Receiver<Appeared> {
        let (expected, appeared) = oneshot::channel();
        let mut state = self.lock();
        state.page = None;
        state.expected = Some(expected).filter(|_| !state.ended);
        appeared
    }

    pub(super) fn forget_page(&self) {
        let mut state = self.lock();
        (state.page, state.expected) = (None, None);
    }

    pub(super) fn hear(&self, said: Said) {
        match said {
            Said::Answer(id, answer) => {
                if let Some(call) = self.lock().calls.remove(&id) {
                    let _unheard = call.answer.send(Ok(answer));
                }
            }
            Said::Event(Some(session), event) => self.on_page(&session, event),
            Said::Event(None, event) => self.on_browser(event),
            Said::Noise => {}
        }
    }

    /// Everybody who waits learns that it is in vain, and why.
    pub(super) fn end(&self, why: &CallError) {
        let mut state = self.lock();
        for (_, call) in state.calls.drain() {
            let _unheard = call.answer.send(Err(why.clone()));
        }
        *state = State { ended: true, ..State::default() };
    }

    fn on_page(&self, session: &str, event: Event) {
        let mut state = self.lock();
        if &*event.method == EventTargetCrashed::IDENTIFIER {
            state.crash(session);
        }
        if let Some(page) = state.page.as_ref().filter(|page| &*page.session == session) {
            let _unheard = page.events.send(event);
        }
    }

    fn on_browser(&self, event: Event) {
        match &*event.method {
            EventAttachedToTarget::IDENTIFIER => self.lock().appear(event),
            EventDetachedFromTarget::IDENTIFIER => {
                if let Some(EventDetachedFromTarget { session_id, .. }) = event.read() {
                    self.on_page(session_id.as_ref(), event);
                    self.lock().crash(session_id.as_ref());
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
    /// Whatever was asked of a page that is gone will never be answered.
    fn crash(&mut self, session: &str) {
        if let Some(page) = self.page.as_mut().filter(|page| &*page.session == session) {
            page.crashed = true;
        }
        for (_, call) in self.calls.extract_if(|_, call| call.session.as_deref() == Some(session)) {
            let _unheard = call.answer.send(Err(CallError::Crashed));
        }
    }

    /// The page that was asked for has appeared; or it has opened another.
    fn appear(&mut self, event: Event) {
        let Some(expected) = self.expected.take() else {
            if let Some(page) = &self.page {
                let _unheard = page.events.send(event);
            }
            return;
        };
        let Some(Attached { session_id, target_info }) = event.read() else { return };
        let (events, heard) = mpsc::unbounded_channel();
        let session = session_id.inner().as_str().into();
        self.page = Some(Shown { session, events, crashed: false });
        let _nobody = expected.send(Appeared { target: target_info.target_id, session: session_id, events: heard });
    }
}

impl Place {
    /// Waits for the answer.
    pub(super) async fn heard(mut self) -> Heard {
        (&mut self.answer).await.unwrap_or(Err(CallError::Gone))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.waiting.lock().calls.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use chromiumoxide_cdp::cdp::browser_protocol::target::SessionId;

    use super::super::message::read;
    use super::{Appeared, CallError, Waiting};

    fn hear(waiting: &Waiting, message: &'static str) {
        waiting.hear(read(&Bytes::from_static(message.as_bytes())));
    }

    async fn with_a_page() -> (Arc<Waiting>, Appeared) {
        let waiting = Arc::new(Waiting::default());
        let expected = waiting.expect_page();
        let attached =
            r#"{"method":"Target.attachedToTarget","params":{"sessionId":"s","targetInfo":{"targetId":"t"}}}"#;
        hear(&waiting, attached);
        (waiting, expected.await.expect("a page"))
    }

    #[tokio::test]
    async fn a_page_that_crashed_answers_nobody_and_is_asked_nothing_more() {
        let (waiting, _page) = with_a_page().await;
        let session = SessionId::new("s");
        let asked = waiting.enter(1, Some(&session)).expect("a page that lives");

        hear(&waiting, r#"{"method":"Inspector.targetCrashed","sessionId":"s","params":{}}"#);

        assert!(matches!(asked.heard().await, Err(CallError::Crashed)));
        assert!(matches!(waiting.enter(2, Some(&session)), Err(CallError::Crashed)));
        assert!(waiting.enter(3, None).is_ok(), "the browser is");
    }

    #[tokio::test]
    async fn a_page_that_is_taken_away_is_told_of() {
        let (waiting, mut page) = with_a_page().await;

        hear(&waiting, r#"{"method":"Target.detachedFromTarget","params":{"sessionId":"s"}}"#);

        let told = page.events.try_recv().expect("an event");
        assert_eq!(&*told.method, "Target.detachedFromTarget");
        assert!(matches!(waiting.enter(1, Some(&SessionId::new("s"))), Err(CallError::Crashed)));
    }

    #[tokio::test]
    async fn an_answer_that_is_too_large_is_why_everybody_waits_in_vain() {
        let (waiting, _page) = with_a_page().await;
        let asked = waiting.enter(1, None).expect("a browser that lives");

        waiting.end(&CallError::TooLarge);

        assert!(matches!(asked.heard().await, Err(CallError::TooLarge)));
        assert!(matches!(waiting.enter(2, None), Err(CallError::Gone)));
    }
}
