//! What beats reported since the console was opened: no table keeps it.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, Utc};
use domain::id::WorkerId;
use domain::worker::{Fleet, Worker, WorkerState};

/// How many readings are kept of each worker: 20 minutes of them at the usual interval.
const MAX_SAMPLES: usize = 600;

/// A value of a worker over time, the newest last; `None` where it is not known.
pub(crate) type Series = Vec<Option<i64>>;

/// What a worker reported at one time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sample {
    silent_ms: i64,
    memory: Option<i64>,
    completed: Option<i64>,
    failed: Option<i64>,
    busy: i64,
}

/// What workers reported.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// When the first reading was.
    pub(crate) since: Option<DateTime<Utc>>,
    workers: HashMap<WorkerId, VecDeque<Sample>>,
}

impl History {
    /// Adds a reading, and forgets workers that are gone.
    pub(super) fn add(&mut self, fleet: &Fleet) {
        self.since.get_or_insert(fleet.at);
        let mut kept = HashMap::with_capacity(fleet.workers.len());
        for worker in &fleet.workers {
            let mut samples = self.workers.remove(&worker.id).unwrap_or_default();
            samples.push_back(Sample::of(worker));
            if samples.len() > MAX_SAMPLES {
                samples.pop_front();
            }
            kept.insert(worker.id, samples);
        }
        self.workers = kept;
    }

    /// Milliseconds since the last beat.
    pub(crate) fn silence(&self, worker: WorkerId) -> Series {
        self.series(worker, |sample| Some(sample.silent_ms))
    }

    /// Bytes of memory.
    pub(crate) fn memory(&self, worker: WorkerId) -> Series {
        self.series(worker, |sample| sample.memory)
    }

    /// Attempts that completed in a minute.
    pub(crate) fn completed(&self, worker: WorkerId) -> Series {
        self.series(worker, |sample| sample.completed)
    }

    /// Attempts that failed in a minute.
    pub(crate) fn failed(&self, worker: WorkerId) -> Series {
        self.series(worker, |sample| sample.failed)
    }

    /// Leases.
    pub(crate) fn busy(&self, worker: WorkerId) -> Series {
        self.series(worker, |sample| Some(sample.busy))
    }

    fn series(&self, worker: WorkerId, value: impl Fn(&Sample) -> Option<i64>) -> Series {
        self.workers.get(&worker).map(|samples| samples.iter().map(value).collect()).unwrap_or_default()
    }
}

impl Sample {
    /// What a lost worker reported last is not what it does now.
    fn of(worker: &Worker) -> Self {
        let is_known = worker.state != WorkerState::Lost;
        let known = |value: Option<i64>| value.filter(|_| is_known);
        #[expect(clippy::cast_possible_truncation, reason = "some hours at most")]
        let silent_ms = (worker.silent_s.clamp(0.0, 1e7) * 1_000.0) as i64;
        Self {
            silent_ms,
            memory: known(worker.memory_bytes),
            completed: known(worker.completed_1m.map(i64::from)),
            failed: known(worker.failed_1m.map(i64::from)),
            busy: worker.busy,
        }
    }
}

/// Shortens a series to as many values as there is room for, each the largest of its time.
pub(crate) fn fitted(series: &[Option<i64>], width: usize) -> Series {
    let share = series.len().div_ceil(width.max(1)).max(1);
    // From the newest on, so that the last value is of as long a time as the others.
    let mut values: Series = series.rchunks(share).map(|part| part.iter().flatten().max().copied()).collect();
    values.reverse();
    values
}

#[cfg(test)]
mod tests {
    use domain::worker::{Fleet, Worker, WorkerState};

    use super::{History, MAX_SAMPLES, fitted};
    use crate::fleet_text::tests::{fleet, worker};

    #[test]
    fn readings_are_kept_for_a_while_and_only_of_workers_that_there_are() {
        let mut history = History::default();
        for _ in 0..MAX_SAMPLES + 5 {
            history.add(&fleet());
        }
        let ids = fleet().workers.iter().map(|worker| worker.id).collect::<Vec<_>>();
        assert_eq!(history.memory(ids[1]).len(), MAX_SAMPLES);
        history.add(&Fleet { workers: vec![worker(2)], ..fleet() });
        assert!(history.memory(ids[1]).is_empty() && !history.memory(worker(2).id).is_empty());
        assert_eq!(history.since, Some(fleet().at));
    }

    #[test]
    fn what_a_lost_worker_does_is_not_known() {
        let mut history = History::default();
        let lost = Worker { state: WorkerState::Lost, ..worker(1) };
        history.add(&Fleet { workers: vec![lost.clone()], ..fleet() });
        assert_eq!((history.memory(lost.id), history.completed(lost.id)), (vec![None], vec![None]));
        assert_eq!(history.silence(lost.id), [Some(1_200)]);
    }

    #[test]
    fn a_long_series_is_shortened_to_its_largest_values() {
        let series: Vec<Option<i64>> = (0..10).map(Some).collect();
        assert_eq!(fitted(&series, 5), [Some(1), Some(3), Some(5), Some(7), Some(9)]);
        assert_eq!(fitted(&series, 4), [Some(0), Some(3), Some(6), Some(9)]);
        assert_eq!(fitted(&series, 20), series);
        assert_eq!(fitted(&[None, None, Some(1)], 1), [Some(1)]);
    }
}
