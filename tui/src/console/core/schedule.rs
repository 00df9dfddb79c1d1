//! The schedule: which needs of the visible screen are due.

use std::collections::HashMap;
use std::time::Duration;

use super::query::{Lane, Need, Panel, Query};

/// A query that took longer than this is asked half as often.
const SLOW: Duration = Duration::from_millis(250);

/// A query that is asked now. Its answer carries the generation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fetch {
    /// The question.
    pub(crate) query: Query,
    /// Tells its answer from those to earlier questions of the same panel.
    pub(crate) generation: u64,
    /// The connection that it uses.
    pub(crate) lane: Lane,
}

/// The queries that were asked and answered, per panel.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    slots: HashMap<Panel, Slot>,
    generation: u64,
}

#[derive(Debug)]
struct Slot {
    query: Query,
    generation: u64,
    is_in_flight: bool,
    /// When it was last answered or failed.
    answered_at: Option<Duration>,
    is_slow: bool,
}

impl Schedule {
    /// Returns the queries that are due now, and takes them as asked. Each panel is asked for once at a time; a panel
    /// whose question has changed is asked at once. With `stretch`, intervals are that many times as long.
    pub(crate) fn due(&mut self, now: Duration, needs: &[Need], stretch: u32) -> Vec<Fetch> {
        let mut fetches = Vec::new();
        for need in needs {
            if self.due_at(need, stretch).is_some_and(|at| at <= now) {
                fetches.push(self.ask(need));
            }
        }
        fetches
    }

    /// Returns when the next of these needs is due.
    pub(crate) fn next(&self, needs: &[Need], stretch: u32) -> Option<Duration> {
        needs.iter().filter_map(|need| self.due_at(need, stretch)).min()
    }

    /// Takes an answer, and returns whether it is the one that is waited for.
    pub(crate) fn answered(&mut self, now: Duration, panel: Panel, generation: u64, took: Duration) -> bool {
        let slot = self.slots.get_mut(&panel).filter(|slot| slot.generation == generation);
        let is_current = slot.is_some();
        if let Some(slot) = slot {
            slot.is_in_flight = false;
            slot.answered_at = Some(now);
            slot.is_slow = took > SLOW;
        }
        is_current
    }

    /// Makes everything due now: on request, or after the database was away.
    pub(crate) fn refresh(&mut self) {
        self.slots.clear();
    }

    fn due_at(&self, need: &Need, stretch: u32) -> Option<Duration> {
        let Some(slot) = self.slots.get(&need.query.panel()).filter(|slot| slot.query == need.query) else {
            return Some(Duration::ZERO);
        };
        if slot.is_in_flight {
            return None;
        }
        let every = need.every? * stretch * if slot.is_slow { 2 } else { 1 };
        Some(slot.answered_at.map_or(Duration::ZERO, |at| at + every))
    }

    fn ask(&mut self, need: &Need) -> Fetch {
        self.generation += 1;
        let Need { query, lane, .. } = need.clone();
        let slot = Slot {
            query: query.clone(),
            generation: self.generation,
            is_in_flight: true,
            answered_at: None,
            is_slow: false,
        };
        self.slots.insert(query.panel(), slot);
        Fetch { query, generation: self.generation, lane }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Schedule;
    use crate::console::core::query::{Need, Panel, Query};

    const S: Duration = Duration::from_secs(1);

    fn needs() -> Vec<Need> {
        vec![Need::live(Query::Overview, 2 * S)]
    }

    #[test]
    fn a_panel_is_asked_for_once_at_a_time_and_then_at_its_interval() {
        let mut schedule = Schedule::default();
        let fetches = schedule.due(S, &needs(), 1);
        assert_eq!(fetches.len(), 1);
        assert!(schedule.due(9 * S, &needs(), 1).is_empty());
        assert_eq!(schedule.next(&needs(), 1), None);

        assert!(schedule.answered(10 * S, Panel::Overview, fetches[0].generation, S / 100));
        assert!(schedule.due(11 * S, &needs(), 1).is_empty());
        assert_eq!((schedule.next(&needs(), 1), schedule.next(&needs(), 3)), (Some(12 * S), Some(16 * S)));
        assert_eq!(schedule.due(12 * S, &needs(), 1).len(), 1);
    }

    #[test]
    fn a_late_answer_to_an_earlier_question_is_not_taken() {
        let mut schedule = Schedule::default();
        let first = schedule.due(S, &needs(), 1).remove(0);
        schedule.refresh();
        let second = schedule.due(S, &needs(), 1).remove(0);

        assert!(!schedule.answered(2 * S, Panel::Overview, first.generation, S));
        assert!(schedule.answered(2 * S, Panel::Overview, second.generation, S));
    }

    #[test]
    fn a_slow_query_is_asked_half_as_often() {
        let mut schedule = Schedule::default();
        let fetch = schedule.due(S, &needs(), 1).remove(0);
        schedule.answered(2 * S, Panel::Overview, fetch.generation, S);
        assert_eq!(schedule.next(&needs(), 1), Some(6 * S));
    }
}
