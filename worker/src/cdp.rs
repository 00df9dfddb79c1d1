//! Talking to a browser: commands, their answers, and events.
//!
//! Connection and protocol types are chromiumoxide's. Its `Handler` is not used: it
//! limits every command to 30 seconds, drops events whose enums it does not know, hears
//! of a crash seconds late, and hangs when the connection ends. Here a command waits for
//! as long as its caller does, events stay JSON until somebody reads a field, and when
//! the connection ends, everything that waits is told at once.

use std::collections::HashMap;

use chromiumoxide::cdp::browser_protocol::target::{
    AttachToTargetParams, CloseTargetParams, EventDetachedFromTarget, EventTargetCreated, SessionId, TargetId,
};
use chromiumoxide::error::CdpError;
use chromiumoxide::types::{CallId, EventMessage, Message, MethodId, Response};
use chromiumoxide::{Command, Connection, Method};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

/// One end of a conversation with a browser. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    requests: mpsc::UnboundedSender<Request>,
}

/// A conversation with one page of it.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    client: Client,
    id: SessionId,
}

/// Something that happened in a browser.
#[derive(Debug, Deserialize)]
pub(crate) struct Event {
    pub(crate) method: MethodId,
    #[serde(default)]
    pub(crate) params: Value,
    #[serde(rename = "sessionId")]
    session: Option<String>,
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The browser is gone, and everything in it.
    #[error("the browser is gone")]
    Gone,
    /// The browser answered with an error.
    #[error("{0} was answered with: {1}")]
    Refused(MethodId, String),
}

/// Opens a conversation. It ends when the driver, which is to be run, ends or is dropped.
pub(crate) async fn connect(url: &str) -> Result<(Client, impl Future<Output = ()> + use<>), CdpError> {
    let connection = Connection::connect(url).await?;
    let (requests, received) = mpsc::unbounded_channel();
    Ok((Client { requests }, Driver { connection, calls: HashMap::new(), sessions: HashMap::new() }.run(received)))
}

impl Client {
    /// Has the browser carry out a command.
    pub(crate) async fn call<C: Command>(&self, command: C) -> Result<C::Response, CallError> {
        self.answer(None, command).await
    }

    /// Gives a command whose answer nobody waits for.
    pub(crate) fn tell<C: Command>(&self, command: C) {
        let _unheard = self.send(None, command);
    }

    /// Opens a conversation with a page.
    pub(crate) async fn attach(
        &self,
        target: TargetId,
    ) -> Result<(Session, mpsc::UnboundedReceiver<Event>), CallError> {
        let attach = AttachToTargetParams { target_id: target, flatten: Some(true) };
        let id = self.call(attach).await?.session_id;
        let (events, received) = mpsc::unbounded_channel();
        self.requests.send(Request::Listen(id.clone(), events)).map_err(|_| CallError::Gone)?;
        Ok((Session { client: self.clone(), id }, received))
    }

    async fn answer<C: Command>(&self, session: Option<&SessionId>, command: C) -> Result<C::Response, CallError> {
        let method = command.identifier();
        let Response { result, error, .. } = self.send(session, command)?.await.map_err(|_| CallError::Gone)?;
        if let Some(error) = error {
            return Err(CallError::Refused(method, error.message));
        }
        C::response_from_value(result.unwrap_or_default())
            .map_err(|error| CallError::Refused(method, format!("an answer that cannot be read: {error}")))
    }

    fn send<C: Command>(
        &self,
        session: Option<&SessionId>,
        command: C,
    ) -> Result<oneshot::Receiver<Response>, CallError> {
        let method = command.identifier();
        let params = serde_json::to_value(command)
            .map_err(|error| CallError::Refused(method.clone(), format!("cannot be written: {error}")))?;
        let (answer, answered) = oneshot::channel();
        let call = Call { method, session: session.cloned(), params, answer };
        self.requests.send(Request::Call(call)).map_err(|_| CallError::Gone)?;
        Ok(answered)
    }
}

impl Session {
    /// Has the page carry out a command.
    pub(crate) async fn call<C: Command>(&self, command: C) -> Result<C::Response, CallError> {
        self.client.answer(Some(&self.id), command).await
    }

    /// Gives a command whose answer nobody waits for.
    pub(crate) fn tell<C: Command>(&self, command: C) {
        let _unheard = self.client.send(Some(&self.id), command);
    }
}

impl Event {
    /// Reads an event as what the protocol says it is.
    pub(crate) fn read<E: serde::de::DeserializeOwned>(&self) -> Option<E> {
        E::deserialize(&self.params).ok()
    }
}

impl Method for Event {
    fn identifier(&self) -> MethodId {
        self.method.clone()
    }
}

impl EventMessage for Event {
    fn session_id(&self) -> Option<&str> {
        self.session.as_deref()
    }
}

enum Request {
    Call(Call),
    Listen(SessionId, mpsc::UnboundedSender<Event>),
}

struct Call {
    method: MethodId,
    session: Option<SessionId>,
    params: Value,
    answer: oneshot::Sender<Response>,
}

/// Carries messages between the connection and those who wait. Dropping it wakes them.
struct Driver {
    connection: Connection<Event>,
    calls: HashMap<CallId, oneshot::Sender<Response>>,
    sessions: HashMap<String, mpsc::UnboundedSender<Event>>,
}

impl Driver {
    async fn run(mut self, mut requests: mpsc::UnboundedReceiver<Request>) {
        loop {
            tokio::select! {
                request = requests.recv() => match request {
                    Some(Request::Call(call)) => self.submit(call),
                    Some(Request::Listen(session, events)) => drop(self.sessions.insert(session.into(), events)),
                    None => return,
                },
                message = self.connection.next() => match message {
                    Some(Ok(Message::Response(response))) => self.answer(response),
                    Some(Ok(Message::Event(event))) => self.spread(event),
                    Some(Err(CdpError::InvalidMessage(..))) => {}
                    Some(Err(_)) | None => return,
                },
            }
        }
    }

    fn submit(&mut self, call: Call) {
        if let Ok(id) = self.connection.submit_command(call.method, call.session, call.params) {
            self.calls.insert(id, call.answer);
        }
    }

    fn answer(&mut self, response: Response) {
        if let Some(answer) = self.calls.remove(&response.id) {
            let _unheard = answer.send(response);
        }
    }

    fn spread(&mut self, event: Event) {
        if let Some(session) = &event.session {
            if let Some(events) = self.sessions.get(session) {
                let _unheard = events.send(event);
            }
        } else if event.method == EventTargetCreated::IDENTIFIER {
            self.close_popup(&event);
        } else if event.method == EventDetachedFromTarget::IDENTIFIER
            && let Some(detached) = event.read::<EventDetachedFromTarget>()
        {
            self.sessions.remove(detached.session_id.as_ref());
        }
    }

    /// Whatever was opened by another page was not opened by us.
    fn close_popup(&mut self, created: &Event) {
        let Some(info) = created.params.get("targetInfo") else { return };
        if info.get("openerId").is_none() {
            return;
        }
        if let Some(target) = info.get("targetId").and_then(Value::as_str) {
            let close = CloseTargetParams::new(target.to_owned());
            let method = close.identifier();
            let _sent = serde_json::to_value(close).map(|params| self.connection.submit_command(method, None, params));
        }
    }
}
