//! The renders that are under way, so that they can be counted and stopped.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::job::Fence;
use tokio::sync::oneshot;

/// Why a render is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Its job was cancelled, or given to another worker.
    Lost,
    /// The worker could not say that it lives: others take over.
    Silent,
    /// The worker shuts down.
    Shutdown,
}

/// The renders under way, by their leases.
#[derive(Debug, Clone, Default)]
pub(crate) struct Live(Arc<Mutex<HashMap<Fence, oneshot::Sender<Stop>>>>);

/// A render's entry, for as long as it holds its lease. Dropping it takes it out.
#[derive(Debug)]
pub(crate) struct Entry {
    live: Live,
    fence: Fence,
    stop: oneshot::Receiver<Stop>,
}

impl Live {
    /// Adds a render.
    pub(crate) fn enter(&self, fence: Fence) -> Entry {
        let (sender, stop) = oneshot::channel();
        self.lock().insert(fence, sender);
        Entry { live: self.clone(), fence, stop }
    }

    /// The leases that are held.
    pub(crate) fn fences(&self) -> Vec<Fence> {
        self.lock().keys().copied().collect()
    }

    /// Stops one render, if it is still under way.
    pub(crate) fn stop(&self, fence: Fence, why: Stop) {
        if let Some(stop) = self.lock().remove(&fence) {
            let _over = stop.send(why);
        }
    }

    /// Stops every render.
    pub(crate) fn stop_all(&self, why: Stop) {
        for (_, stop) in self.lock().drain() {
            let _over = stop.send(why);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Fence, oneshot::Sender<Stop>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Waits until the render is to be stopped: for ever, in most cases.
    pub(crate) async fn stopped(&mut self) -> Stop {
        match (&mut self.stop).await {
            Ok(why) => why,
            Err(_) => std::future::pending().await,
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.live.lock().remove(&self.fence);
    }
}
