//! The connections that are open: how many there are, and which one makes room for another.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::clock::{Clock, Waiting};
use super::handler::Admission;
use super::limits::Limits;

/// How many connections there may be beyond the bound. They are short.
const RESERVED: usize = 16;

/// The connections that are open.
#[derive(Debug)]
pub(super) struct OpenConnections {
    limits: Limits,
    connections: Mutex<Connections>,
    /// Notifies when a connection is closed.
    closed: Notify,
}

#[derive(Debug, Default)]
struct Connections {
    next: u64,
    /// In the order in which they were opened.
    regular: BTreeMap<u64, (Arc<Clock>, CancellationToken)>,
    reserved: usize,
}

/// An open connection. Dropping it makes room for another.
#[derive(Debug)]
pub(super) struct OpenConnection {
    open: Arc<OpenConnections>,
    /// Its number, if it is within the bound.
    number: Option<u64>,
    pub(super) clock: Arc<Clock>,
    pub(super) limits: Limits,
    /// Cancelled when the connection is to be closed for another.
    pub(super) evicted: CancellationToken,
}

impl OpenConnections {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, connections: Mutex::default(), closed: Notify::new() })
    }

    /// Makes room for a connection: within the bound, in the place of one that has no request, or
    /// beyond the bound. Returns `None` if there is no room at all.
    pub(super) fn admit(self: &Arc<Self>) -> Option<OpenConnection> {
        let has_room = self.lock().regular.len() < self.limits.connections;
        if has_room { Some(self.add()) } else { self.admit_instead() }
    }

    /// Makes room for a connection in the place of another, or beyond the bound.
    pub(super) fn admit_instead(self: &Arc<Self>) -> Option<OpenConnection> {
        if self.evict() { Some(self.add()) } else { self.admit_reserved() }
    }

    fn admit_reserved(self: &Arc<Self>) -> Option<OpenConnection> {
        let mut connections = self.lock();
        if connections.reserved == RESERVED {
            return None;
        }
        connections.reserved += 1;
        Some(self.open(None, self.limits.reserved(), CancellationToken::new()))
    }

    /// Closes a connection that has no request, if there is one: the oldest that has never had one,
    /// or else the oldest that is idle.
    pub(super) fn evict(&self) -> bool {
        let mut connections = self.lock();
        let oldest = |waiting| {
            let mut all = connections.regular.iter();
            all.find(|(_, (clock, _))| clock.waiting() == Some(waiting)).map(|(number, _)| *number)
        };
        let Some(number) = oldest(Waiting::Head).or_else(|| oldest(Waiting::Idle)) else { return false };
        if let Some((_, evicted)) = connections.regular.remove(&number) {
            evicted.cancel();
        }
        true
    }

    /// Completes when a connection has been closed since the last call, or is closed.
    pub(super) async fn closed(&self) {
        self.closed.notified().await;
    }

    fn add(self: &Arc<Self>) -> OpenConnection {
        let mut connections = self.lock();
        let number = connections.next;
        connections.next += 1;
        let added = self.open(Some(number), self.limits, CancellationToken::new());
        connections.regular.insert(number, (Arc::clone(&added.clock), added.evicted.clone()));
        added
    }

    fn open(self: &Arc<Self>, number: Option<u64>, limits: Limits, evicted: CancellationToken) -> OpenConnection {
        OpenConnection { open: Arc::clone(self), number, clock: Clock::start(limits), limits, evicted }
    }

    fn lock(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenConnection {
    pub(super) fn admission(&self) -> Admission {
        if self.number.is_some() { Admission::Regular } else { Admission::Reserved }
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        let mut connections = self.open.lock();
        match self.number {
            Some(number) => drop(connections.regular.remove(&number)),
            None => connections.reserved -= 1,
        }
        self.open.closed.notify_one();
    }
}
