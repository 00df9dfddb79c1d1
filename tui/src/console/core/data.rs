//! Data: the answers to queries, as `domain` returns them.

mod expiry;
mod fleet;
mod job;
mod money;

use domain::overview::{Burn, Expiry, FleetSummary, Minute, Outcomes, Snapshot};
use serde::{Deserialize, Serialize};

pub(crate) use expiry::ExpiryData;
pub(crate) use fleet::FleetData;
pub(crate) use job::{JobData, JobDetail};
pub(crate) use money::MoneyData;

use super::preview::Fetched;

/// The answer to a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Data {
    /// See [`Query::Overview`](super::query::Query::Overview).
    Overview(Box<Snapshot>),
    /// See [`Query::Throughput`](super::query::Query::Throughput).
    Throughput(Vec<Minute>),
    /// See [`Query::Outcomes`](super::query::Query::Outcomes).
    Outcomes(Outcomes),
    /// See [`Query::Burn`](super::query::Query::Burn).
    Burn(Burn),
    /// See [`Query::ExpiryHours`](super::query::Query::ExpiryHours).
    ExpiryHours(Vec<Expiry>),
    /// See [`Query::FleetSummary`](super::query::Query::FleetSummary).
    FleetSummary(FleetSummary),
    /// See [`Query::Fleet`](super::query::Query::Fleet).
    Fleet(FleetData),
    /// See [`Query::Money`](super::query::Query::Money).
    Money(MoneyData),
    /// See [`Query::Job`](super::query::Query::Job).
    Job(JobData),
    /// See [`Query::Expiry`](super::query::Query::Expiry).
    Expiry(ExpiryData),
    /// See [`Query::Preview`](super::query::Query::Preview).
    #[serde(skip)]
    Preview(Box<Fetched>),
}
