//! Merging events and failures, which are read from two tables, each in an order of its own.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::recorded::Event;

/// How far a table was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Position<K> {
    /// Not at all.
    #[default]
    Start,
    /// To this row.
    Before(K),
    /// To its end.
    End,
}

/// Rows of a table in its order, each with its place in it.
#[derive(Debug, Clone)]
pub(super) struct Chunk<K> {
    /// The rows that pass the filter.
    pub(super) rows: Vec<(K, Event)>,
    /// How far the table was read for them.
    pub(super) read_to: Position<K>,
}

impl<K: Copy> Chunk<K> {
    /// Nothing of the table passes.
    pub(super) fn none() -> Self {
        Self { rows: Vec::new(), read_to: Position::End }
    }

    /// The chunk, of which rows behind the last one were left out if there are as many as asked for.
    pub(super) fn of_at_most(self, limit: i64) -> Self {
        let is_full = i64::try_from(self.rows.len()).is_ok_and(|rows| rows >= limit);
        let last = self.rows.last().filter(|_| is_full).map(|(key, _)| Position::Before(*key));
        Self { read_to: last.unwrap_or(self.read_to), ..self }
    }
}

/// Merges the next rows of two tables, the newest first, and returns how far each was used. It stops where one of the
/// tables must be read on, so that no row is left out: there may be few rows, or none, although there are more.
pub(super) fn merge<A: Copy, B: Copy>(
    (mut at_a, a): (Position<A>, Chunk<A>),
    (mut at_b, b): (Position<B>, Chunk<B>),
    limit: usize,
) -> (Vec<Event>, Position<A>, Position<B>) {
    let (mut rows_a, mut rows_b) = (a.rows.into_iter().peekable(), b.rows.into_iter().peekable());
    let (has_more_a, has_more_b) = (!matches!(a.read_to, Position::End), !matches!(b.read_to, Position::End));
    let mut merged = Vec::new();
    while merged.len() < limit {
        let (time_a, time_b) = (rows_a.peek().map(|(_, event)| event.at), rows_b.peek().map(|(_, event)| event.at));
        if (time_a.is_none() && has_more_a) || (time_b.is_none() && has_more_b) {
            break;
        }
        let Some(is_a) = is_newer(time_a, time_b) else { break };
        if is_a {
            if let Some((key, event)) = rows_a.next() {
                at_a = Position::Before(key);
                merged.push(event);
            }
        } else if let Some((key, event)) = rows_b.next() {
            at_b = Position::Before(key);
            merged.push(event);
        }
    }
    let at_a = if rows_a.peek().is_none() { a.read_to } else { at_a };
    let at_b = if rows_b.peek().is_none() { b.read_to } else { at_b };
    (merged, at_a, at_b)
}

/// Whether the first one is next; `None` if there is neither.
fn is_newer(a: Option<DateTime<Utc>>, b: Option<DateTime<Utc>>) -> Option<bool> {
    match (a, b) {
        (None, None) => None,
        (Some(_), None) => Some(true),
        (None, Some(_)) => Some(false),
        (Some(a), Some(b)) => Some(a >= b),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use proptest::collection::vec;
    use proptest::{prop_assert_eq, proptest};

    use super::{Chunk, Position, merge};
    use crate::event::{Event, EventLevel};

    fn event(id: usize, second: i64) -> Event {
        Event {
            id: i64::try_from(id).ok(),
            at: DateTime::UNIX_EPOCH + TimeDelta::seconds(second),
            level: EventLevel::Info,
            kind: String::new(),
            job: None,
            worker: None,
            worker_name: None,
            account: None,
            actor: None,
            reason: None,
            message: String::new(),
            detail: None,
        }
    }

    /// Reads the next rows of a table whose keys are positions; every third row does not pass.
    fn read(table: &[Event], from: Position<usize>, examine: usize) -> Chunk<usize> {
        let start = match from {
            Position::Start => 0,
            Position::Before(key) => key + 1,
            Position::End => return Chunk::none(),
        };
        let end = (start + examine).min(table.len());
        let rows = (start..end).filter(|key| key % 3 != 2).map(|key| (key, table[key].clone())).collect();
        let read_to = if start == end { Position::End } else { Position::Before(end - 1) };
        Chunk { rows, read_to }
    }

    proptest! {
        #[test]
        fn pages_have_every_row_that_passes_once(
            mut times in vec(0_i64..50, 0..40), others in vec(0_i64..50, 0..40),
            limit in 1_usize..9, examine in 1_usize..9,
        ) {
            // The first table is in the order of time, the second one is not.
            times.sort_unstable_by(|a, b| b.cmp(a));
            let a: Vec<Event> = times.iter().enumerate().map(|(id, second)| event(id, *second)).collect();
            let b: Vec<Event> = others.iter().enumerate().map(|(id, second)| event(id + 1000, *second)).collect();
            let (mut at_a, mut at_b, mut seen, mut pages) = (Position::Start, Position::Start, Vec::new(), 0);
            while (at_a, at_b) != (Position::End, Position::End) {
                let merged = merge((at_a, read(&a, at_a, examine)), (at_b, read(&b, at_b, examine)), limit);
                seen.extend(merged.0.iter().filter_map(|event| event.id));
                (at_a, at_b) = (merged.1, merged.2);
                pages += 1;
                assert!(pages < 500, "pages go on for ever");
            }
            seen.sort_unstable();
            let passing = |table: &[Event]| -> Vec<i64> {
                (0..table.len()).filter(|key| key % 3 != 2).filter_map(|key| table[key].id).collect()
            };
            let expected: Vec<i64> = passing(&a).into_iter().chain(passing(&b)).collect();
            prop_assert_eq!(seen, expected);
        }

        #[test]
        fn two_tables_in_the_order_of_time_are_merged_in_it(
            mut times in vec(0_i64..50, 0..20), mut others in vec(0_i64..50, 0..20),
        ) {
            times.sort_unstable_by(|a, b| b.cmp(a));
            others.sort_unstable_by(|a, b| b.cmp(a));
            let chunk = |times: &[i64]| Chunk {
                rows: times.iter().enumerate().map(|(key, second)| (key, event(key, *second))).collect(),
                read_to: Position::<usize>::End,
            };
            let (merged, ..) = merge((Position::Start, chunk(&times)), (Position::Start, chunk(&others)), 100);
            let mut expected: Vec<i64> = times.iter().chain(&others).copied().collect();
            expected.sort_unstable_by(|a, b| b.cmp(a));
            prop_assert_eq!(merged.iter().map(|event| event.at.timestamp()).collect::<Vec<_>>(), expected);
        }
    }
}
