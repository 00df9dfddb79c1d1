//! Totals of the overview: computed and worded once, for the console and its scriptable
//! twin.

use domain::overview::{Overview, WORKERS};

use crate::text;

/// What was done in the last hour. Processes that were killed may not have told of their
/// last few jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Done {
    /// Jobs completed, about.
    pub(crate) completed: i64,
    /// Jobs failed, about.
    pub(crate) failed: i64,
}

impl Done {
    /// Adds the minutes up.
    pub(crate) fn of(seen: &Overview) -> Self {
        Self {
            completed: seen.throughput.iter().map(|minute| minute.completed).sum(),
            failed: seen.throughput.iter().map(|minute| minute.failed).sum(),
        }
    }
}

/// What is kept and will expire: `≈1,204 results, 462 MB`. Counted like what was done.
pub(crate) fn kept(seen: &Overview) -> String {
    let results = seen.expiries.iter().map(|expiry| expiry.results).sum();
    let size = seen.expiries.iter().map(|expiry| expiry.bytes).sum();
    format!("≈{}, {}", text::things(results, "result"), text::bytes(size))
}

/// The workers together. The slots of the lost count for nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Fleet {
    /// How many workers are alive.
    pub(crate) alive: usize,
    /// How many are named, the lost ones among them.
    named: usize,
    /// How many slots of those alive render.
    busy: i32,
    /// How many slots those alive have.
    slots: i32,
}

impl Fleet {
    /// Adds the workers up.
    pub(crate) fn of(seen: &Overview) -> Self {
        let nobody = Self { named: seen.workers.len(), ..Self::default() };
        seen.workers.iter().filter(|worker| worker.alive).fold(nobody, |fleet, worker| Self {
            alive: fleet.alive + 1,
            busy: fleet.busy + worker.busy,
            slots: fleet.slots + worker.slots,
            ..fleet
        })
    }

    /// How many live: `2 of 3 alive`. More than can be named may exist.
    pub(crate) fn living(&self) -> String {
        let more = if i64::try_from(self.named).is_ok_and(|named| named >= WORKERS) { "+" } else { "" };
        format!("{} of {}{more} alive", self.alive, self.named)
    }

    /// How busy they are: `6 of 8 slots busy`.
    pub(crate) fn working(&self) -> String {
        format!("{} of {} slots busy", self.busy, self.slots)
    }
}

#[cfg(test)]
mod tests {
    use domain::overview::{Expiry, Minute, Overview, WORKERS, Worker};

    use super::{Done, Fleet, kept};

    fn worker(busy: i32, alive: bool) -> Worker {
        Worker { name: "render".to_owned(), slots: 4, busy, silent_s: 0.0, alive }
    }

    #[test]
    fn the_slots_of_lost_workers_count_for_nothing() {
        let workers = vec![worker(3, false), worker(4, true), worker(2, true)];

        let fleet = Fleet::of(&Overview { workers, ..Overview::default() });

        assert_eq!(fleet.living(), "2 of 3 alive");
        assert_eq!(fleet.working(), "6 of 8 slots busy");
    }

    #[test]
    fn more_workers_than_are_named_may_exist() {
        let workers = (0..WORKERS).map(|_| worker(0, true)).collect();

        let fleet = Fleet::of(&Overview { workers, ..Overview::default() });

        assert_eq!(fleet.living(), "200 of 200+ alive");
    }

    #[test]
    fn minutes_and_hours_are_added_up() {
        let minute = Minute { minute: chrono::DateTime::UNIX_EPOCH, submitted: 9, completed: 600, failed: 2 };
        let hour = Expiry { hour: chrono::DateTime::UNIX_EPOCH, results: 700, bytes: 2_300_000 };

        let seen = Overview { throughput: vec![minute; 2], expiries: vec![hour; 2], ..Overview::default() };

        assert_eq!(Done::of(&seen), Done { completed: 1_200, failed: 4 });
        assert_eq!(kept(&seen), "≈1,400 results, 4.6 MB");
    }
}
