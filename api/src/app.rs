//! The state that all routes share.

use std::sync::Arc;
use std::time::Duration;

use domain::Db;
use domain::egress::Policy;
use tokio_util::sync::CancellationToken;

use crate::call::submit_limiter::SubmitLimiter;
use crate::call::waiters::JobWaiters;
use crate::openapi::document::ApiDocument;

/// How long requests in flight may take after the shutdown has begun. Calls whose job has not
/// started end at once; the time is for running renders and for downloads.
pub(crate) const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);

/// The shared state of this process. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) policy: Arc<Policy>,
    pub(crate) sync_wait: Duration,
    pub(crate) waiters: JobWaiters,
    pub(crate) submit_limiter: SubmitLimiter,
    /// The served document. Requests are validated against it.
    pub(crate) document: Arc<ApiDocument>,
    /// Cancelled when the shutdown begins. Waiting calls then stop waiting.
    pub(crate) shutdown: CancellationToken,
}
