//! A running browser and the contexts in it.

use std::sync::Arc;
use std::time::Duration;

use nix::unistd::Pid;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::context::{Context, Frames, Purpose, Window};
use super::lane::Lane;
use super::process::{BinaryKind, BrowserProcess, SiteIsolation};
use super::state::{BrowserState, Retirement};
use crate::cdp::{CallError, Client};
use crate::egress::Proxy;

/// After how many renders a browser is replaced, as a precaution against leaks. None are
/// known. Starting a browser costs as much as three renders.
const MAX_RENDERS: u32 = 500;

/// After how long a browser is replaced, for the same reason.
const MAX_AGE: Duration = Duration::from_hours(1);

/// How many empty pages are kept for given documents: one for pictures, and one for paper.
const MAX_LANES: usize = 2;

/// A running browser. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(super) client: Client,
    pub(super) isolation: SiteIsolation,
    pub(super) product: Arc<str>,
    pub(super) proxy: Proxy,
    pub(super) process: BrowserProcess,
    pub(super) _driver: JoinSet<()>,
    pub(super) stored: Option<StoredContext>,
    pub(super) lanes: Vec<StoredLane>,
    pub(super) kind: BinaryKind,
    pub(super) state: Arc<BrowserState>,
    pub(super) started_at: Instant,
    pub(super) renders: u32,
}

/// A context for a later job.
#[derive(Debug)]
pub(super) struct StoredContext {
    context: Context,
    /// The proxy's count of unattributed connections when the context was stored. If it has
    /// grown since, a page of an earlier job is still active.
    unattributed: u64,
}

/// A page for given documents, while none is in it. Not used if a connection arrives until then.
#[derive(Debug)]
pub(super) struct StoredLane {
    lane: Lane,
    unattributed: u64,
}

impl Browser {
    /// Returns the browser's name and version.
    pub(crate) fn product(&self) -> &str {
        &self.product
    }

    /// Returns whether the browser isolates sites, which decides what it may render.
    pub(crate) fn isolation(&self) -> SiteIsolation {
        self.isolation
    }

    pub(crate) fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    /// Returns the id of the browser's process group.
    pub(crate) fn process_group(&self) -> Pid {
        self.process.group()
    }

    pub(crate) fn state(&self) -> &Arc<BrowserState> {
        &self.state
    }

    /// Whether the browser may render another job.
    pub(crate) fn is_reusable(&self) -> bool {
        !self.state.is_retired() && self.renders < MAX_RENDERS && self.started_at.elapsed() < MAX_AGE
    }

    /// Kills the browser without waiting for it to end.
    pub(crate) fn start_kill(&self) {
        self.process.start_kill();
    }

    /// Kills the browser and waits until it has ended.
    pub(crate) async fn kill(self) {
        self.process.kill().await;
    }

    /// Returns a context for a job: the stored one if it is suitable, else a new one. Retires
    /// the browser if it cannot create one.
    pub(crate) async fn take_context(&mut self, purpose: Purpose) -> Result<Context, CallError> {
        self.renders += 1;
        match self.stored.take() {
            Some(StoredContext { context, unattributed })
                if context.is_suitable(purpose) && unattributed == self.proxy.unattributed_connections() =>
            {
                Ok(context)
            }
            Some(_) | None => self.create_context().await,
        }
    }

    /// Creates and stores a context, so that the next job need not wait for one.
    pub(crate) async fn prepare_context(&mut self) -> Result<(), CallError> {
        let context = self.create_context().await?;
        self.store_context(context, self.proxy.unattributed_connections());
        Ok(())
    }

    /// Stores a context that was reset, for the next `html` job. `unattributed` is the proxy's
    /// count of unattributed connections at the end of the last job: the context is not used
    /// if more arrive.
    pub(crate) fn store_context(&mut self, context: Context, unattributed: u64) {
        self.stored = Some(StoredContext { context, unattributed });
    }

    /// Returns a page for given documents, in a window of this size.
    ///
    /// It is in a browser without site isolation, where nothing else is drawn: there, frames of pages can be
    /// requested. Documents of the lane have no frames of their own that could be isolated.
    pub(crate) async fn take_lane(&mut self, window: Window) -> Result<Lane, CallError> {
        self.renders += 1;
        let unattributed = self.proxy.unattributed_connections();
        self.lanes.retain(|stored| stored.unattributed == unattributed);
        if let Some(at) = self.lanes.iter().position(|stored| stored.lane.is_suitable(window)) {
            return Ok(self.lanes.swap_remove(at).lane);
        }
        self.lanes.truncate(MAX_LANES - 1);
        Lane::open(self.client.clone(), window, self.frames()).await
    }

    /// Stores a page for given documents, which is empty. `unattributed` is as for a context.
    pub(crate) fn store_lane(&mut self, lane: Lane, unattributed: u64) {
        self.lanes.push(StoredLane { lane, unattributed });
    }

    /// How a page for given documents draws.
    fn frames(&self) -> Frames {
        match (self.kind, self.isolation) {
            (BinaryKind::HeadlessShell, SiteIsolation::Off) => Frames::OnRequest,
            (BinaryKind::HeadlessShell | BinaryKind::Full, _) => Frames::OnItsOwn,
        }
    }

    async fn create_context(&self) -> Result<Context, CallError> {
        Context::create(self.client.clone()).await.inspect_err(|_| self.state.retire(Retirement::Damaged))
    }
}
