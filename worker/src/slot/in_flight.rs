//! The renders in flight, by lease, so that beats can list and stop them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::job::Fence;
use tokio::sync::oneshot;

/// Why a render is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopReason {
    /// The job was cancelled or reaped.
    LeaseLost,
    /// The worker could not beat, so others take over its jobs.
    NoBeat,
    /// The worker is shutting down.
    Shutdown,
}

/// The renders in flight. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashMap<Fence, oneshot::Sender<StopReason>>>>);

/// One render in flight, which holds its lease. Dropping it removes it from [`InFlight`].
#[derive(Debug)]
pub(crate) struct InFlightRender {
    all: InFlight,
    lease: Fence,
    stop: oneshot::Receiver<StopReason>,
}

impl InFlight {
    pub(crate) fn add(&self, lease: Fence) -> InFlightRender {
        let (sender, stop) = oneshot::channel();
        self.lock().insert(lease, sender);
        InFlightRender { all: self.clone(), lease, stop }
    }

    /// The leases held.
    pub(crate) fn leases(&self) -> Vec<Fence> {
        self.lock().keys().copied().collect()
    }

    /// Stops one render, if it is still in flight.
    pub(crate) fn stop(&self, lease: Fence, reason: StopReason) {
        if let Some(stop) = self.lock().remove(&lease) {
            let _has_ended = stop.send(reason);
        }
    }

    /// Stops every render.
    pub(crate) fn stop_all(&self, reason: StopReason) {
        for (_, stop) in self.lock().drain() {
            let _has_ended = stop.send(reason);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Fence, oneshot::Sender<StopReason>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InFlightRender {
    /// Waits until the render must stop. Usually pends forever.
    pub(crate) async fn until_stopped(&mut self) -> StopReason {
        match (&mut self.stop).await {
            Ok(reason) => reason,
            Err(_) => std::future::pending().await,
        }
    }
}

impl Drop for InFlightRender {
    fn drop(&mut self) {
        self.all.lock().remove(&self.lease);
    }
}
