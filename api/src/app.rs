//! The state that all routes share.

use std::sync::Arc;
use std::time::Duration;

use domain::Db;
use domain::egress::Policy;
use domain::job::Submitter;
use domain::secret::Keyring;
use tokio_util::sync::CancellationToken;

use crate::call::clients::Clients;
use crate::call::fleet::Fleet;
use crate::call::submit_limiter::SubmitLimiter;
use crate::call::waiters::JobWaiters;
use crate::client::{InvalidKeys, TrustedProxies};
use crate::health::Health;
use crate::openapi::document::ApiDocument;
use crate::wire::context::Environment;

/// How long requests in flight may take after the shutdown has begun. Calls whose job has not
/// started end at once; the time is for running renders and for downloads.
pub(crate) const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);

/// The shared state of this process. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) health: Arc<Health>,
    pub(crate) policy: Arc<Policy>,
    /// Seals the secrets of jobs.
    pub(crate) keyring: Keyring,
    pub(crate) sync_wait: Duration,
    pub(crate) fleet: Fleet,
    pub(crate) waiters: JobWaiters,
    pub(crate) clients: Clients,
    /// Submits the jobs of single calls, and of those of an account that wait for each other together.
    pub(crate) submitter: Submitter,
    /// Limits the calls that wait for the submitter.
    pub(crate) queue_limiter: SubmitLimiter,
    /// Limits the submissions that are statements of their own.
    pub(crate) submit_limiter: SubmitLimiter,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) invalid_keys: InvalidKeys,
    /// The served document. Requests are validated against it.
    pub(crate) document: Arc<ApiDocument>,
    /// Cancelled when the shutdown has been announced. Calls are still accepted.
    pub(crate) draining: CancellationToken,
    /// Cancelled when the shutdown begins. Waiting calls then stop waiting.
    pub(crate) shutdown: CancellationToken,
}

impl App {
    /// Returns what the conversion of requests depends on.
    pub(crate) fn environment(&self) -> Environment<'_> {
        Environment { policy: &self.policy, keyring: &self.keyring }
    }
}
