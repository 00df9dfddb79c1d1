//! Talking to a browser over its pipe: commands, their answers, and events.
//!
//! The words are chromiumoxide's, the conversation is ours. A command waits no longer than
//! its [`Deadline`]; when the pipe ends, the page crashes or is taken away, everything that
//! waits for it is told at once; and a page that has crashed is asked nothing more, for
//! printing one ends the whole browser.
//!
//! A browser shows one page at a time here. The first page that appears after one was asked
//! for is that page; whatever else appears was opened by it.

mod message;
mod pipe;
mod waiting;

pub(crate) use message::Event;
pub(crate) use pipe::{Ends, Link};

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chromiumoxide_cdp::cdp::browser_protocol::target::{SessionId, TargetId};
use chromiumoxide_types::{Command, MethodId};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use message::written;
use waiting::Waiting;

/// One end of a conversation with a browser. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    next: Arc<AtomicU64>,
    waiting: Arc<Waiting>,
    requests: mpsc::UnboundedSender<Vec<u8>>,
}

/// A conversation with one page, until a deadline.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    client: Client,
    id: SessionId,
    pub(crate) deadline: Instant,
}

/// A page that has appeared, held before it does anything.
#[derive(Debug)]
pub(crate) struct Appeared {
    pub(crate) target: TargetId,
    session: SessionId,
    pub(crate) events: mpsc::UnboundedReceiver<Event>,
}

/// Why a command was not carried out.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum CallError {
    /// The browser is gone, and everything in it.
    #[error("the browser is gone")]
    Gone,
    /// The page's process is gone. Ask it nothing more.
    #[error("the page crashed")]
    Crashed,
    /// The browser answered with more than is taken. It is not listened to any more.
    #[error("the answer was too large")]
    TooLarge,
    /// Nothing was heard in time: the page, or the browser, hangs.
    #[error("{0} was not answered in time")]
    Late(MethodId),
    /// The browser answered with an error.
    #[error("{0} was answered with: {1}")]
    Refused(MethodId, String),
}

/// How long a command to the browser itself may take: a thousand times what it takes on an
/// idle machine.
const PATIENCE: Duration = Duration::from_secs(5);

impl Client {
    /// Has the browser carry out a command.
    pub(crate) async fn call<C: Command>(&self, command: &C) -> Result<C::Response, CallError> {
        read(command, &self.answer(None, command, Instant::now() + PATIENCE).await?)
    }

    /// Gives a command whose answer nobody waits for.
    pub(crate) fn tell<C: Command>(&self, command: &C) {
        self.send(None, command);
    }

    /// Says that a page was asked for: the next that appears is it.
    pub(crate) fn expect_page(&self) -> oneshot::Receiver<Appeared> {
        self.waiting.expect_page()
    }

    /// Forgets the page there was: what appears from now on is not its doing.
    pub(crate) fn forget_page(&self) {
        self.waiting.forget_page();
    }

    /// Begins to talk to a page that has appeared, until a deadline.
    pub(crate) fn session(&self, appeared: &Appeared, deadline: Instant) -> Session {
        Session { client: self.clone(), id: appeared.session.clone(), deadline }
    }

    fn send<C: Command>(&self, session: Option<&SessionId>, command: &C) -> u64 {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        if let Ok(message) = written(id, session, command) {
            let _gone = self.requests.send(message);
        }
        id
    }

    async fn answer<C: Command>(
        &self,
        session: Option<&SessionId>,
        command: &C,
        deadline: Instant,
    ) -> Result<Bytes, CallError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let method = command.identifier();
        let message =
            written(id, session, command).map_err(|error| CallError::Refused(method.clone(), error.to_string()))?;
        let answer = self.waiting.enter(id, session)?;
        self.requests.send(message).map_err(|_| CallError::Gone)?;
        match timeout_at(deadline, answer.heard()).await {
            Ok(answer) => answer?.map_err(|refusal| CallError::Refused(method, refusal)),
            Err(_) => Err(CallError::Late(method)),
        }
    }
}

impl Session {
    /// Has the page carry out a command.
    pub(crate) async fn call<C: Command>(&self, command: &C) -> Result<C::Response, CallError> {
        read(command, &self.raw(command).await?)
    }

    /// Has the page carry out a command, and leaves its answer as it came: what is large is
    /// read in place.
    pub(crate) async fn raw<C: Command>(&self, command: &C) -> Result<Bytes, CallError> {
        self.client.answer(Some(&self.id), command, self.deadline).await
    }

    /// Gives a command whose answer nobody waits for.
    pub(crate) fn tell<C: Command>(&self, command: &C) {
        self.client.send(Some(&self.id), command);
    }

    /// The browser that the page is in.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }
}

fn read<C: Command>(command: &C, answer: &[u8]) -> Result<C::Response, CallError> {
    serde_json::from_slice(answer)
        .map_err(|error| CallError::Refused(command.identifier(), format!("an answer that cannot be read: {error}")))
}
