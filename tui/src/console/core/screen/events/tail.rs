//! The events that are known, newest first, whatever the order in which they arrive.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use domain::event::{Event, EventCursor, EventId, EventPage};

/// How many events are kept while new ones arrive.
const MAX_KEPT: usize = 4_096;

/// The newest event first; of those of one time, the one with the largest id.
type Place = (Reverse<DateTime<Utc>>, Reverse<EventId>);

/// The events that are known. There is no gap between the newest and the oldest.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    events: BTreeMap<Place, Event>,
    older: Older,
}

/// How to read on behind the oldest event.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) enum Older {
    /// Nothing was read yet.
    #[default]
    Unknown,
    /// From this place on.
    From(EventCursor),
    /// Events at or before this time, of which some are known.
    Until(DateTime<Utc>),
    /// There is nothing older.
    End,
}

impl Tail {
    /// The events, newest first.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.values()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// How to read on behind the oldest one.
    pub(crate) fn older(&self) -> Older {
        self.older
    }

    /// From when on there may be new events: the minute of the newest one, so that the question changes seldom.
    pub(super) fn newest(&self) -> Option<DateTime<Utc>> {
        let newest = self.events.values().next()?.at;
        newest.duration_trunc(TimeDelta::minutes(1)).ok()
    }

    /// When the oldest one happened.
    pub(crate) fn oldest(&self) -> Option<DateTime<Utc>> {
        self.events.values().next_back().map(|event| event.at)
    }

    /// Adds what may be new, and returns how many events were not known. If some between may be missing, the older
    /// ones are forgotten: they are read again when they are looked at.
    pub(super) fn add_new(&mut self, page: EventPage) -> usize {
        let newest_known = self.events.values().next().map(|event| event.at);
        let oldest_new = page.events.iter().map(|event| event.at).min();
        let has_gap = page.next.is_some() && oldest_new > newest_known;
        if self.older == Older::Unknown || has_gap {
            self.events.clear();
            self.older = page.next.map_or(Older::End, Older::From);
        }
        let new = self.insert(page.events);
        if self.events.len() > MAX_KEPT {
            while self.events.len() > MAX_KEPT {
                self.events.pop_last();
            }
            self.older = self.oldest().map_or(Older::Unknown, Older::Until);
        }
        new
    }

    /// Adds a page of older events.
    pub(super) fn add_older(&mut self, page: EventPage) {
        self.older = page.next.map_or(Older::End, Older::From);
        self.insert(page.events);
    }

    fn insert(&mut self, events: Vec<Event>) -> usize {
        let before = self.events.len();
        for event in events {
            if let Some(id) = event.key() {
                self.events.insert((Reverse(event.at), Reverse(id)), event);
            }
        }
        self.events.len() - before
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;

    use chrono::{DateTime, TimeDelta};
    use domain::event::{Event, EventLevel, EventPage};
    use proptest::collection::vec;
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::{MAX_KEPT, Older, Tail};

    /// An event of this second of the first hour of 1970.
    pub(crate) fn event(id: i64, second: i64) -> Event {
        Event {
            id: Some(id),
            at: DateTime::UNIX_EPOCH + TimeDelta::seconds(second),
            level: EventLevel::Info,
            kind: "worker.joined".to_owned(),
            job: None,
            worker: None,
            worker_name: None,
            account: None,
            actor: None,
            reason: None,
            message: format!("event {id}"),
            detail: None,
        }
    }

    /// What a tail returns that reads the last events by id.
    fn read(committed: &[Event], last: usize) -> EventPage {
        let mut events = committed.to_vec();
        events.sort_by_key(|event| std::cmp::Reverse(event.id));
        events.truncate(last);
        EventPage { events, next: None }
    }

    proptest! {
        #[test]
        fn every_event_is_shown_once_in_the_order_of_time_however_late_it_commits(
            delays in vec(0_usize..20, 1..120), reads in vec(1_usize..8, 1..200),
        ) {
            // Ids are given in order; each event commits up to 20 events later.
            let mut commits: Vec<(usize, usize)> = delays.iter().enumerate().map(|(id, delay)| (id + delay, id)).collect();
            commits.sort_unstable();
            let event = |id: usize| event(i64::try_from(id).unwrap_or(0), i64::try_from(id / 2).unwrap_or(0));
            let (mut tail, mut committed) = (Tail::default(), Vec::new());
            let mut reads = reads.into_iter().cycle();
            let mut commits = commits.into_iter().map(|(_, id)| id).peekable();
            while commits.peek().is_some() {
                let count = reads.next().unwrap_or(1);
                committed.extend(commits.by_ref().take(count).map(event));
                tail.add_new(read(&committed, 50));
            }
            let shown: Vec<i64> = tail.events().filter_map(|event| event.id).collect();
            let unique: BTreeSet<i64> = shown.iter().copied().collect();
            prop_assert_eq!(shown.len(), unique.len());
            prop_assert_eq!(unique.len(), delays.len());
            prop_assert!(tail.events().is_sorted_by(|a, b| a.at >= b.at));
        }
    }

    #[test]
    fn old_events_are_forgotten_where_some_between_may_be_missing() {
        let mut tail = Tail::default();
        tail.add_new(EventPage { events: vec![event(1, 10)], next: None });
        assert_eq!(tail.older(), Older::End);
        let next = Some(domain::event::EventCursor::default());

        let new = tail.add_new(EventPage { events: vec![event(900, 60), event(899, 50)], next });

        assert_eq!((new, tail.len()), (2, 2));
        assert!(matches!(tail.older(), Older::From(_)));
        tail.add_older(EventPage { events: vec![event(1, 10)], next: None });
        assert_eq!((tail.len(), tail.older()), (3, Older::End));
    }

    #[test]
    fn as_many_events_are_kept_as_there_is_room_for() {
        let mut tail = Tail::default();
        for second in 0..50 {
            let events = (0..100).map(|number| event(second * 100 + number, second)).collect();
            tail.add_new(EventPage { events, next: None });
        }
        assert_eq!(tail.len(), MAX_KEPT);
        assert_eq!(tail.older(), tail.oldest().map_or(Older::Unknown, Older::Until));
    }

    #[test]
    fn the_question_changes_once_a_minute() {
        let mut tail = Tail::default();
        for (second, newest) in [(61, 60), (119, 60), (120, 120)] {
            tail.add_new(EventPage { events: vec![event(second, second)], next: None });
            assert_eq!(tail.newest().map(|at| at.timestamp()), Some(newest));
        }
    }
}
