//! The health of a worker, in parts.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::db::NotReady;
use domain::{Db, db};
use service::health::{self, HealthCache, Part, PartStatus, Readiness};

use crate::browser::{Launcher, Network, Sandbox};
use crate::fleet::membership::Membership;
use crate::pool::browsers::BrowserPool;

const BROWSERS: &str = "browsers";
const WALL: &str = "wall";
const FLEET: &str = "fleet";

/// Examines what a worker needs. It learns of the parts as they start.
pub(crate) struct WorkerHealth {
    /// A connection of its own: a health check does not wait behind the statements of jobs.
    db: Db,
    cache: HealthCache,
    browsers: OnceLock<(BrowserPool, Part)>,
    membership: OnceLock<Membership>,
    is_draining: AtomicBool,
}

impl WorkerHealth {
    pub(crate) fn new(db: &Db) -> Self {
        Self {
            db: db::connect_beside(db),
            cache: HealthCache::default(),
            browsers: OnceLock::new(),
            membership: OnceLock::new(),
            is_draining: AtomicBool::new(false),
        }
    }

    /// The first browser has started.
    pub(crate) fn browsers_started(&self, pool: BrowserPool, launcher: &Launcher) {
        let _only_once = self.browsers.set((pool, wall(launcher)));
    }

    /// The worker has registered.
    pub(crate) fn registered(&self, membership: Membership) {
        let _only_once = self.membership.set(membership);
    }

    /// The worker claims no more jobs.
    pub(crate) fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Returns whether the worker takes jobs, and the state of all parts.
    pub(crate) async fn examine(&self) -> (Readiness, Vec<Part>) {
        let mut parts = self.cache.get(Box::pin(health::database(db::readiness(&self.db), NotReady::part))).await;
        parts.extend([self.browsers(), self.wall(), self.fleet()]);
        let is_draining = self.is_draining.load(Ordering::Relaxed) || self.is_drained_by_operator();
        (if is_draining { Readiness::Draining } else { Readiness::of(&parts) }, parts)
    }

    fn browsers(&self) -> Part {
        match self.browsers.get() {
            None => Part::failed(BROWSERS, "no browser has started yet"),
            Some((pool, _)) if pool.starts_failing() => Part::failed(BROWSERS, "browsers do not start; see the log"),
            Some(_) => Part::ok(BROWSERS),
        }
    }

    fn wall(&self) -> Part {
        let unknown = || Part::new(WALL, PartStatus::Unknown, "no browser has started yet");
        self.browsers.get().map_or_else(unknown, |(_, wall)| wall.clone())
    }

    fn fleet(&self) -> Part {
        match self.membership.get().map(Membership::worker) {
            None => Part::failed(FLEET, "this worker has not registered yet"),
            Some(None) => Part::failed(FLEET, "this worker cannot beat, so others take over its jobs"),
            Some(Some(_)) if self.is_drained_by_operator() => {
                Part::new(FLEET, PartStatus::Degraded, "an operator drains this worker, so it claims no jobs")
            }
            Some(Some(_)) => Part::ok(FLEET),
        }
    }

    fn is_drained_by_operator(&self) -> bool {
        self.membership.get().is_some_and(Membership::is_draining)
    }
}

/// Which protections of browsers are in force. Those that may be missing were allowed to be.
fn wall(launcher: &Launcher) -> Part {
    let degraded = |message: &'static str| Part::new(WALL, PartStatus::Degraded, message);
    match (launcher.sandbox(), launcher.network()) {
        (Sandbox::UnsafelyOff, _) => degraded("browsers run without their sandbox"),
        (Sandbox::On, Network::Shared) => {
            degraded("browsers share the machine's network; only flags confine them to the proxy")
        }
        (Sandbox::On, Network::Isolated) => Part::ok(WALL),
    }
}
