//! The overview: the state of the service, read without counting rows of history.
//!
//! Each part is a statement of its own, which the console repeats as often as its data changes.
//! `tintype overview --json` prints all of them once.

mod burn;
mod expiries;
mod fleet;
mod outcomes;
mod sample;
mod snapshot;
mod throughput;

pub use burn::{Account, Burn, burn};
pub use expiries::{Expiry, expiries};
pub use fleet::{FleetSummary, FleetTotal, MAX_WORKERS, Sweep, Worker, fleet};
pub use outcomes::{FailureGroup, Failures, Latency, MAX_FAILURES, Outcomes, Percentiles, outcomes};
pub use sample::sample;
pub use snapshot::{LaneQueue, MAX_COUNTED, Queue, Snapshot, snapshot};
pub use throughput::{HOUR, Minute, throughput};

pub(crate) use sample::describe;

use serde::{Deserialize, Serialize};

use crate::{Db, DbError};

/// The service at about one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// The queue, which the console reads every two seconds.
    #[serde(flatten)]
    pub snapshot: Snapshot,
    /// Every minute of the last hour, oldest first. Approximate: processes write their counters
    /// about once a second, and a killed process loses the last second's.
    pub throughput: Vec<Minute>,
    /// Why jobs failed, and how long they took.
    #[serde(flatten)]
    pub outcomes: Outcomes,
    /// Who spends credits, and who had too few.
    #[serde(flatten)]
    pub burn: Burn,
    /// Results that expire, by the hour, soonest first. Approximate, from the same counters.
    pub expiries: Vec<Expiry>,
    /// Who is alive, and whether expired results are deleted.
    #[serde(flatten)]
    pub fleet: FleetSummary,
}

/// Reads the overview.
pub async fn overview(db: &Db) -> Result<Overview, DbError> {
    Ok(Overview {
        snapshot: snapshot(db).await?,
        throughput: throughput(db, HOUR).await?,
        outcomes: outcomes(db).await?,
        burn: burn(db).await?,
        expiries: expiries(db).await?,
        fleet: fleet(db).await?,
    })
}
