//! Which statement answers a question about workers and events.

use domain::{Db, DbError, account, event, worker};

use crate::console::core::data::FleetData;
use crate::console::core::query::FleetQuery;

/// How many older events are read at once.
const EVENTS: i64 = 200;

/// Asks the database.
pub(super) async fn ask(db: &Db, query: &FleetQuery) -> Result<FleetData, DbError> {
    Ok(match query {
        FleetQuery::Workers => FleetData::Workers(worker::fleet(db).await?),
        FleetQuery::InFlight(id) => FleetData::InFlight(*id, worker::in_flight(db, *id).await?),
        FleetQuery::Tail(filter, newest) => {
            FleetData::Tail(filter.clone(), event::tail(db, filter, *newest, None).await?)
        }
        FleetQuery::Page(filter, after) => {
            FleetData::Page(filter.clone(), event::page(db, filter, *after, EVENTS).await?)
        }
        FleetQuery::Account(id) => FleetData::Account(*id, account::name(db, *id).await?),
    })
}
