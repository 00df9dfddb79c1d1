//! The state that all slots of a worker share.

use std::sync::Arc;

use domain::Db;
use domain::egress::Policy;
use domain::secret::Keyring;

use crate::blocklist::Blocklist;
use crate::database_health::DatabaseHealth;
use crate::slot::lane::LaneUse;
use crate::slot::recent::RecentAttempts;
use crate::thumbnail::Thumbnails;

/// The state that all slots of a worker share.
#[derive(Debug)]
pub(crate) struct SlotContext {
    pub(crate) db: Db,
    pub(crate) health: Arc<DatabaseHealth>,
    pub(crate) policy: Policy,
    /// Opens the secrets of jobs.
    pub(crate) keyring: Keyring,
    pub(crate) blocklist: Arc<Blocklist>,
    /// Makes thumbnails of results, unless they are switched off.
    pub(crate) thumbnails: Option<Thumbnails>,
    /// Whether given documents may take the static lane.
    pub(crate) static_lane: LaneUse,
    /// The most memory that a browser may use, in MiB.
    pub(crate) max_memory_mib: u64,
    /// Counts the attempts that end.
    pub(crate) recent: RecentAttempts,
}
