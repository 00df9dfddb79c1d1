//! Asking: which statement of `domain` answers a query.

mod fleet;
mod job;
mod money;

use domain::overview::{self, burn, expiries, outcomes, snapshot, throughput};
use domain::{Db, DbError};

use super::expiry::ask_expiry;
use super::preview::fetch;
use crate::console::core::data::Data;
use crate::console::core::query::Query;

/// Asks the database.
pub(super) async fn ask(db: &Db, query: &Query) -> Result<Data, DbError> {
    match query {
        Query::Overview => Ok(Data::Overview(Box::new(snapshot(db).await?))),
        Query::Throughput(minutes) => Ok(Data::Throughput(throughput(db, *minutes).await?)),
        Query::Outcomes => Ok(Data::Outcomes(outcomes(db).await?)),
        Query::Burn => Ok(Data::Burn(burn(db).await?)),
        Query::ExpiryHours => Ok(Data::ExpiryHours(expiries(db).await?)),
        Query::Expiry(query) => Ok(Data::Expiry(ask_expiry(db, query).await?)),
        Query::Preview(query) => Ok(Data::Preview(Box::new(fetch(db, query).await?))),
        Query::FleetSummary => Ok(Data::FleetSummary(overview::fleet(db).await?)),
        Query::Fleet(query) => fleet::ask(db, query).await.map(Data::Fleet),
        Query::Money(query) => money::ask(db, query).await.map(Data::Money),
        Query::Job(query) => Ok(Data::Job(job::ask(db, query).await?)),
    }
}
