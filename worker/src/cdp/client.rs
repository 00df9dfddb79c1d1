//! Sending commands to a browser and to its page.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chromiumoxide_cdp::cdp::browser_protocol::browser::BrowserContextId;
use chromiumoxide_cdp::cdp::browser_protocol::target::SessionId;
use chromiumoxide_types::Command;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::dispatch::{Dispatcher, PageTarget};
use super::error::CallError;
use super::message::encode;

/// How long a command to the browser itself may take: a thousand times what it takes on an
/// idle machine.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// Sends commands to a browser. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    next_id: Arc<AtomicU64>,
    dispatcher: Arc<Dispatcher>,
    outgoing: mpsc::UnboundedSender<Vec<u8>>,
}

/// Sends commands to one page, all with the same deadline.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    client: Client,
    id: SessionId,
    pub(crate) deadline: Instant,
}

impl Client {
    pub(super) fn new(dispatcher: Arc<Dispatcher>, outgoing: mpsc::UnboundedSender<Vec<u8>>) -> Self {
        Self { next_id: Arc::new(AtomicU64::new(1)), dispatcher, outgoing }
    }

    /// Sends a command to the browser and waits for its reply.
    pub(crate) async fn call<C: Command>(&self, command: &C) -> Result<C::Response, CallError> {
        parse_reply(command, &self.request(None, command, Instant::now() + CALL_TIMEOUT).await?)
    }

    /// Sends a command to the browser without waiting for its reply.
    pub(crate) fn send<C: Command>(&self, command: &C) {
        self.post(None, command);
    }

    /// Registers that a page is about to be created in a context: the next one of it to attach is returned.
    pub(crate) fn expect_page(&self, context: BrowserContextId) -> oneshot::Receiver<PageTarget> {
        self.dispatcher.expect_page(context)
    }

    /// Forgets a page, and that one is expected: pages that attach from now on were not opened by it.
    pub(crate) fn forget_page(&self, page: Option<&PageTarget>) {
        self.dispatcher.forget_page(page.map(|page| &page.session_id));
    }

    /// Returns a session for a page, with a deadline for all its commands.
    pub(crate) fn session(&self, page: &PageTarget, deadline: Instant) -> Session {
        Session { client: self.clone(), id: page.session_id.clone(), deadline }
    }

    fn post<C: Command>(&self, session: Option<&SessionId>, command: &C) {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        if let Ok(message) = encode(id, session, command) {
            let _pipe_closed = self.outgoing.send(message);
        }
    }

    async fn request<C: Command>(
        &self,
        session: Option<&SessionId>,
        command: &C,
        deadline: Instant,
    ) -> Result<Bytes, CallError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let method = command.identifier();
        let message =
            encode(id, session, command).map_err(|error| CallError::Protocol(method.clone(), error.to_string()))?;
        let pending = self.dispatcher.register(id, session)?;
        self.outgoing.send(message).map_err(|_| CallError::BrowserGone)?;
        match timeout_at(deadline, pending.reply()).await {
            Ok(reply) => reply?.map_err(|message| CallError::Protocol(method, message)),
            Err(_) => Err(CallError::Timeout(method)),
        }
    }
}

impl Session {
    /// Sends a command to the page and waits for its reply.
    pub(crate) async fn call<C: Command>(&self, command: &C) -> Result<C::Response, CallError> {
        parse_reply(command, &self.call_raw(command).await?)
    }

    /// Sends a command to the page and returns its reply unparsed, so that a large one need
    /// not be copied.
    pub(crate) async fn call_raw<C: Command>(&self, command: &C) -> Result<Bytes, CallError> {
        self.client.request(Some(&self.id), command, self.deadline).await
    }

    /// Sends a command to the page without waiting for its reply.
    pub(crate) fn send<C: Command>(&self, command: &C) {
        self.client.post(Some(&self.id), command);
    }

    /// Returns the client of the browser that shows the page.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }
}

fn parse_reply<C: Command>(command: &C, reply: &[u8]) -> Result<C::Response, CallError> {
    serde_json::from_slice(reply)
        .map_err(|error| CallError::Protocol(command.identifier(), format!("cannot parse the reply: {error}")))
}
