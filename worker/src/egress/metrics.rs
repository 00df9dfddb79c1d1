//! Metrics of what pages ask of the network, counted when a session ends.

use domain::job::BlockedClass;
use metrics::{counter, describe_counter};

use super::state::EgressReport;

const DENIED: &str = "tintype_egress_denied_total";
const ATTEMPTS: &str = "tintype_egress_connections_total";
const BYTES: &str = "tintype_egress_bytes_total";

/// Describes them, and starts the counters at zero.
pub(crate) fn describe() {
    describe_counter!(DENIED, "Connections of pages that the policy or a budget denied, by class.");
    describe_counter!(ATTEMPTS, "Attempts of pages to connect, including denied ones.");
    describe_counter!(BYTES, "Bytes between pages and the network, by direction.");
    for class in [BlockedClass::PrivateAddress, BlockedClass::Name, BlockedClass::Port, BlockedClass::Budget] {
        counter!(DENIED, "class" => class.name()).increment(0);
    }
    record(&EgressReport::default());
}

/// Counts what a session has used, and what was denied to it.
pub(super) fn record(report: &EgressReport) {
    for (class, count) in report.blocked.iter() {
        counter!(DENIED, "class" => class.name()).increment(count);
    }
    counter!(ATTEMPTS).increment(report.attempts);
    counter!(BYTES, "direction" => "received").increment(report.bytes_received);
    counter!(BYTES, "direction" => "sent").increment(report.bytes_sent);
}
