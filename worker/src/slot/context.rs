//! The state that all slots of a worker share.

use std::sync::Arc;

use domain::Db;
use domain::egress::Policy;

use crate::database_health::DatabaseHealth;

/// The state that all slots of a worker share.
#[derive(Debug)]
pub(crate) struct SlotContext {
    pub(crate) db: Db,
    pub(crate) health: Arc<DatabaseHealth>,
    pub(crate) policy: Policy,
    /// The most memory that a browser may use, in MiB.
    pub(crate) max_memory_mib: u64,
}
