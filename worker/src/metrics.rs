//! The metrics of a worker, from the parts that record them.

use crate::{database_health, egress, fleet, pool, slot};

/// Installs the recorder, describes all metrics, and starts their counters at zero.
pub(crate) fn start(slots: u16) {
    service::metrics::install();
    service::metrics::set_build_info("tintype-worker", env!("CARGO_PKG_VERSION"));
    domain::metrics::describe();
    database_health::describe_metrics();
    egress::metrics::describe();
    fleet::metrics::describe();
    pool::metrics::describe(slots);
    slot::metrics::describe();
    slot::lane::describe();
}
