//! The latest events.

use domain::event::{Event, EventFilter, EventPage, MAX_PAGE, page};
use domain::{Db, DbError};

/// Reads the latest events that pass the filter, page by page.
pub(super) async fn latest(db: &Db, filter: &EventFilter, limit: i64) -> Result<Vec<Event>, DbError> {
    let limit = usize::try_from(limit).unwrap_or(0);
    let (mut events, mut after) = (Vec::new(), None);
    while events.len() < limit {
        let missing = i64::try_from(limit - events.len()).unwrap_or(MAX_PAGE).min(MAX_PAGE);
        let EventPage { events: next, next: cursor } = page(db, filter, after, missing).await?;
        events.extend(next);
        after = cursor;
        if after.is_none() {
            break;
        }
    }
    events.truncate(limit);
    Ok(events)
}
