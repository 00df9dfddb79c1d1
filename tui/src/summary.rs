//! Totals of the overview, shared by the console and `tintype overview`.

use domain::overview::{MAX_WORKERS, Overview};

use crate::output::format;

/// The jobs that ended in the last hour. Approximate: a killed process loses the counters
/// that it has not written yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LastHour {
    /// Jobs completed.
    pub(crate) completed: i64,
    /// Jobs failed.
    pub(crate) failed: i64,
}

impl LastHour {
    /// Adds up the minutes.
    pub(crate) fn of(overview: &Overview) -> Self {
        Self {
            completed: overview.throughput.iter().map(|minute| minute.completed).sum(),
            failed: overview.throughput.iter().map(|minute| minute.failed).sum(),
        }
    }
}

/// Describes the results that are stored: `≈1,204 results, 462 MB`.
pub(crate) fn stored_results(overview: &Overview) -> String {
    let results = overview.expiries.iter().map(|expiry| expiry.results).sum();
    let size = overview.expiries.iter().map(|expiry| expiry.bytes).sum();
    format!("≈{}, {}", format::quantity(results, "result"), format::bytes(size))
}

/// The workers together. Slots of lost workers are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Fleet {
    /// The number of workers that are alive.
    pub(crate) alive: usize,
    /// The number of workers listed, including lost ones.
    listed: usize,
    /// The number of busy slots.
    busy: i32,
    /// The number of slots.
    slots: i32,
}

impl Fleet {
    /// Adds up the workers.
    pub(crate) fn of(overview: &Overview) -> Self {
        let idle = Self { listed: overview.workers.len(), ..Self::default() };
        overview.workers.iter().filter(|worker| worker.alive).fold(idle, |fleet, worker| Self {
            alive: fleet.alive + 1,
            busy: fleet.busy + worker.busy,
            slots: fleet.slots + worker.slots,
            ..fleet
        })
    }

    /// Describes how many workers are alive: `2 of 3 alive`. A `+` means that there may be
    /// more workers than those listed.
    pub(crate) fn alive_workers(&self) -> String {
        let suffix = if i64::try_from(self.listed).is_ok_and(|listed| listed >= MAX_WORKERS) { "+" } else { "" };
        format!("{} of {}{suffix} alive", self.alive, self.listed)
    }

    /// Describes how many slots are busy: `6 of 8 slots busy`.
    pub(crate) fn busy_slots(&self) -> String {
        format!("{} of {} slots busy", self.busy, self.slots)
    }
}

#[cfg(test)]
mod tests {
    use domain::overview::{Expiry, MAX_WORKERS, Minute, Overview, Worker};

    use super::{Fleet, LastHour, stored_results};

    fn worker(busy: i32, alive: bool) -> Worker {
        Worker { name: "render".to_owned(), slots: 4, busy, silent_s: 0.0, alive }
    }

    #[test]
    fn slots_of_lost_workers_are_not_counted() {
        let workers = vec![worker(3, false), worker(4, true), worker(2, true)];

        let fleet = Fleet::of(&Overview { workers, ..Overview::default() });

        assert_eq!(fleet.alive_workers(), "2 of 3 alive");
        assert_eq!(fleet.busy_slots(), "6 of 8 slots busy");
    }

    #[test]
    fn a_full_list_of_workers_is_marked_as_possibly_incomplete() {
        let workers = (0..MAX_WORKERS).map(|_| worker(0, true)).collect();

        let fleet = Fleet::of(&Overview { workers, ..Overview::default() });

        assert_eq!(fleet.alive_workers(), "200 of 200+ alive");
    }

    #[test]
    fn minutes_and_hours_are_added_up() {
        let minute = Minute { minute: chrono::DateTime::UNIX_EPOCH, submitted: 9, completed: 600, failed: 2 };
        let hour = Expiry { hour: chrono::DateTime::UNIX_EPOCH, results: 700, bytes: 2_300_000 };

        let overview = Overview { throughput: vec![minute; 2], expiries: vec![hour; 2], ..Overview::default() };

        assert_eq!(LastHour::of(&overview), LastHour { completed: 1_200, failed: 4 });
        assert_eq!(stored_results(&overview), "≈1,400 results, 4.6 MB");
    }
}
