//! Reading and changing results.

use domain::event::Actor;
use domain::overview::expiries;
use domain::result::ExpiryCursor;
use domain::result::{Extension, by_account, delete, extend, next_to_expire, storage};
use domain::{Db, DbError};

use super::link::describe;
use crate::console::core::data::ExpiryData;
use crate::console::core::query::ExpiryQuery;
use crate::console::core::screen::expiries::PAGE;
use crate::console::core::write::{ExpiryVerb, ExpiryWrite, Report};
use crate::output::format::{bytes, quantity, timestamp};

/// Asks a question about results.
pub(super) async fn ask_expiry(db: &Db, query: &ExpiryQuery) -> Result<ExpiryData, DbError> {
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
    Ok(match query {
        ExpiryQuery::Hours => ExpiryData::Hours(expiries(db).await?),
        ExpiryQuery::First(hour) => ExpiryData::First(next_to_expire(db, hour.map(ExpiryCursor::At), limit).await?),
        ExpiryQuery::More(cursor) => ExpiryData::More(next_to_expire(db, Some(*cursor), limit).await?),
        ExpiryQuery::Accounts(hour) => ExpiryData::Accounts(by_account(db, *hour).await?),
        ExpiryQuery::Storage => ExpiryData::Storage(storage(db).await?),
    })
}

/// Extends or deletes results, and says of how many.
pub(super) async fn change_results(db: &Db, actor: &Actor, write: &ExpiryWrite) -> Result<Report, String> {
    match write.verb {
        ExpiryVerb::Extend(hours) => {
            let results = extend(db, actor, &write.jobs, hours).await.map_err(|error| describe(&error))?;
            let untils = results.iter().filter_map(|result| match result.extension {
                Extension::Extended { until, .. } => Some(until),
                Extension::Limited { .. } | Extension::NoResult => None,
            });
            let (count, first) = (untils.clone().count(), untils.min());
            let first = first.ok_or("they have expired, or the ring cannot keep them for longer")?;
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            Ok(Report::new(format!("{} kept until {} or later", quantity(count, "result"), timestamp(first))))
        }
        ExpiryVerb::Delete => {
            let results = delete(db, actor, &write.jobs).await.map_err(|error| describe(&error))?;
            let sizes: Vec<i64> = results.iter().filter_map(|result| result.bytes).collect();
            if sizes.is_empty() {
                return Err("there are no such results any more".to_owned());
            }
            let count = i64::try_from(sizes.len()).unwrap_or(i64::MAX);
            Ok(Report::new(format!("{} deleted, {}", quantity(count, "result"), bytes(sizes.iter().sum()))))
        }
    }
}
