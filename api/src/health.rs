//! The health of the API, in parts.

use std::sync::Arc;

use domain::db::NotReady;
use domain::egress::Policy;
use domain::{Db, db, worker};
use service::health::{self, HealthCache, Part, PartStatus, within_limit};

const FLEET: &str = "fleet";
const WALL: &str = "wall";

/// Examines what the API needs. It has a connection of its own, so that a health check does not wait
/// behind the calls of customers.
pub(crate) struct Health {
    db: Db,
    policy: Arc<Policy>,
    cache: HealthCache,
}

impl Health {
    pub(crate) fn new(db: &Db, policy: Arc<Policy>) -> Self {
        Self { db: db::connect_beside(db), policy, cache: HealthCache::default() }
    }

    /// Returns the state of all parts.
    pub(crate) async fn parts(&self) -> Vec<Part> {
        self.cache.get(self.examine()).await
    }

    async fn examine(&self) -> Vec<Part> {
        let (mut parts, fleet) =
            tokio::join!(Box::pin(health::database(db::readiness(&self.db), NotReady::part)), fleet(&self.db));
        parts.extend([fleet, wall(&self.policy)]);
        parts
    }
}

/// Whether any worker is alive. Without one the API is ready: asynchronous jobs wait.
async fn fleet(db: &Db) -> Part {
    match within_limit(FLEET, worker::any_alive(db)).await {
        Ok(Ok(true)) => Part::ok(FLEET),
        Ok(Ok(false)) => {
            let message = "no worker is alive: synchronous calls return 503, and asynchronous jobs wait";
            Part::new(FLEET, PartStatus::Degraded, message)
        }
        Ok(Err(_)) | Err(_) => Part::new(FLEET, PartStatus::Unknown, "the database does not respond"),
    }
}

/// The network policy, which rejects URLs early. The workers enforce it.
fn wall(policy: &Policy) -> Part {
    match policy.exceptions() {
        0 => Part::ok(WALL),
        count => Part::new(WALL, PartStatus::Ok, format!("exceptions in force: {count}")),
    }
}
