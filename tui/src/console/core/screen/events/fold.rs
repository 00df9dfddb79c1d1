//! Folding: repeats of one event are one row.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::event::{Event, EventId};

use crate::console::core::list::Row;

/// Events that are further apart are not folded.
const WITHIN: TimeDelta = TimeDelta::seconds(10);

/// A row: an event, and how often it was repeated before.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EventRow {
    /// The newest of them.
    pub(crate) event: Event,
    /// How many there are.
    pub(crate) count: usize,
    /// The oldest of them, which names the row: new repeats do not change it.
    id: EventId,
}

impl Row for EventRow {
    type Id = EventId;

    fn id(&self) -> EventId {
        self.id
    }
}

/// Makes rows of events, newest first. Those rows that are unfolded have one event each.
pub(super) fn fold<'a>(events: impl Iterator<Item = &'a Event>, unfolded: &BTreeSet<EventId>) -> Vec<EventRow> {
    let mut rows: Vec<EventRow> = Vec::new();
    for event in events {
        let Some(id) = event.key() else { continue };
        match rows.last_mut() {
            Some(row) if !unfolded.contains(&id) && !unfolded.contains(&row.id) && is_repeat(&row.event, event) => {
                row.count += 1;
                row.id = id;
            }
            _ => rows.push(EventRow { event: event.clone(), count: 1, id }),
        }
    }
    rows
}

/// The events of a row, so that they can be shown one by one.
pub(super) fn members<'a>(events: impl Iterator<Item = &'a Event>, row: &EventRow) -> Vec<EventId> {
    let from_newest = events.skip_while(|event| event.key() != row.event.key());
    from_newest.take(row.count).filter_map(Event::key).collect()
}

/// Whether an event says the same of the same, shortly before. Jobs may differ: what happened to all of the jobs of a
/// worker is one thing.
fn is_repeat(newer: &Event, older: &Event) -> bool {
    let said = |event: &Event| (event.level, event.worker, event.account);
    said(newer) == said(older)
        && newer.kind == older.kind
        && newer.message == older.message
        && newer.actor == older.actor
        && newer.reason == older.reason
        && newer.at - older.at <= WITHIN
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::event::Event;

    use super::super::tail::tests::event;
    use super::{fold, members};
    use crate::console::core::list::Row;

    fn same(id: i64, second: i64) -> Event {
        Event { message: "same".to_owned(), ..event(id, second) }
    }

    #[test]
    fn repeats_within_ten_seconds_are_one_row_that_keeps_its_name() {
        let mut events = vec![same(5, 30), same(4, 25), event(3, 24), same(2, 12), same(1, 1)];
        let rows = fold(events.iter(), &BTreeSet::new());
        assert_eq!(rows.iter().map(|row| row.count).collect::<Vec<_>>(), [2, 1, 1, 1], "11 s apart is not folded");

        events.insert(0, same(6, 31));
        let later = fold(events.iter(), &BTreeSet::new());
        assert_eq!((later[0].count, later[0].id()), (3, rows[0].id()));
    }

    #[test]
    fn a_row_is_unfolded_into_its_events() {
        let events = [same(5, 30), same(4, 25), event(3, 24)];
        let rows = fold(events.iter(), &BTreeSet::new());
        let unfolded: BTreeSet<_> = members(events.iter(), &rows[0]).into_iter().collect();
        assert_eq!(fold(events.iter(), &unfolded).iter().map(|row| row.count).collect::<Vec<_>>(), [1, 1, 1]);
    }
}
