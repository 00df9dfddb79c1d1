//! Pages of events, newest first.

mod events;
mod failures;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::filter::{EventFilter, MAX_PAGE};
use super::merge::{Chunk, Position, merge};
use super::recorded::Event;
use crate::id::JobId;
use crate::{Db, DbError};

/// How long a transaction that writes an event may take to commit: what is read again to find those that did late.
const OVERLAP: TimeDelta = TimeDelta::minutes(1);

/// A page of events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EventPage {
    /// The events, newest first. Those of one transaction, and those of a worker's or an account's failures, may be
    /// a little out of order.
    pub events: Vec<Event>,
    /// Where the next page starts; `None` on the last page. There may be few events on a page, or none, although
    /// there are more: at most [`MAX_EXAMINED`](super::MAX_EXAMINED) rows are read for one.
    pub next: Option<EventCursor>,
}

/// Where a page starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventCursor {
    event: Position<i64>,
    failure: Position<(DateTime<Utc>, JobId)>,
}

/// Returns the next events that pass the filter, newest first, at most `limit` of them.
pub async fn page(db: &Db, filter: &EventFilter, after: Option<EventCursor>, limit: i64) -> Result<EventPage, DbError> {
    let from = after.unwrap_or_default();
    let events = match from.event {
        Position::End => Chunk::none(),
        _ if !filter.passes_events() => Chunk::none(),
        Position::Start => events::read(db, filter, None, limit).await?,
        Position::Before(id) => events::read(db, filter, Some(id), limit).await?,
    };
    let failures = match from.failure {
        Position::End => Chunk::none(),
        _ if !filter.passes_failures() => Chunk::none(),
        Position::Start => failures::read(db, filter, None, limit).await?,
        Position::Before(last) => failures::read(db, filter, Some(last), limit).await?,
    };
    let limit = usize::try_from(limit).unwrap_or(0);
    let (events, event, failure) = merge((from.event, events), (from.failure, failures), limit);
    let next = EventCursor { event, failure };
    let is_last = next.event == Position::End && next.failure == Position::End;
    Ok(EventPage { events, next: (!is_last).then_some(next) })
}

/// Returns what is new since the newest event that is known. Some of it may be known: ids and times do not follow the
/// order of commits, so what happened in the minute before is read again.
pub async fn tail(
    db: &Db,
    filter: &EventFilter,
    newest: Option<DateTime<Utc>>,
    after: Option<EventCursor>,
) -> Result<EventPage, DbError> {
    let since = newest.map(|at| at - OVERLAP).max(filter.since);
    page(db, &EventFilter { since, ..filter.clone() }, after, MAX_PAGE).await
}

/// Returns the latest events, newest first.
pub async fn latest(db: &Db, limit: i64) -> Result<Vec<Event>, DbError> {
    Ok(page(db, &EventFilter::default(), None, limit).await?.events)
}
