//! Workers in words, as the console and `tintype workers` show them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::worker::{Fleet, Worker, WorkerState};

use crate::output::format::{bytes, duration, quantity, sanitize};

/// Shown instead of a value that is not known.
const UNKNOWN: &str = "…";

/// A worker uses much memory if it uses this many times the median.
const MUCH: i64 = 3;

/// From how many workers on a median says something.
const MIN_FLEET: usize = 3;

/// The time since then.
pub(crate) fn age(now: DateTime<Utc>, then: DateTime<Utc>) -> String {
    duration((now - then).to_std().unwrap_or_default())
}

/// The memory of a worker, as far as it is known.
pub(crate) fn memory(worker: &Worker) -> String {
    match (worker.state, worker.memory_bytes) {
        (WorkerState::Lost, _) | (_, None) => UNKNOWN.to_owned(),
        (_, Some(size)) => bytes(size),
    }
}

/// A number of attempts in the last minute, as far as it is known.
pub(crate) fn rate(worker: &Worker, attempts: Option<i32>) -> String {
    match (worker.state, attempts) {
        (WorkerState::Lost, _) | (_, None) => UNKNOWN.to_owned(),
        (_, Some(attempts)) => attempts.to_string(),
    }
}

/// How many workers there are in each state, how busy they are, and which versions they have.
pub(crate) fn headline(fleet: &Fleet) -> String {
    let count = |state| fleet.workers.iter().filter(|worker| worker.state == state).count();
    let lost = count(WorkerState::Lost);
    let alive: Vec<&Worker> = fleet.workers.iter().filter(|worker| worker.state != WorkerState::Lost).collect();
    let more = if fleet.is_cut { "+" } else { "" };
    let mut parts = vec![format!("{}{more} alive", alive.len())];
    for (number, label) in
        [(lost, "lost"), (count(WorkerState::Slow), "slow"), (count(WorkerState::Draining), "draining")]
    {
        if number > 0 {
            parts.push(format!("{number} {label}"));
        }
    }
    let (busy, slots): (i64, i64) =
        alive.iter().fold((0, 0), |(busy, slots), worker| (busy + worker.busy, slots + i64::from(worker.slots)));
    parts.push(format!("{busy} leases on {}", quantity(slots, "slot")));
    let mut versions = BTreeMap::new();
    for worker in &alive {
        *versions.entry(worker.version.as_str()).or_insert(0) += 1;
    }
    if versions.len() > 1 {
        let versions: Vec<String> =
            versions.iter().rev().map(|(version, n)| format!("{} ×{n}", sanitize(version))).collect();
        parts.push(format!("versions {}", versions.join(", ")));
    }
    parts.join(" · ")
}

/// What an operator should know about a worker.
pub(crate) fn note(fleet: &Fleet, worker: &Worker) -> String {
    let mut notes = Vec::new();
    match (worker.state, worker.lapses_at) {
        (WorkerState::Lost, Some(_)) => {
            notes.push(format!("holds {}; taken over while any worker lives", quantity(worker.busy, "lease")));
        }
        (WorkerState::Lost, None) => notes.push("its jobs were taken over".to_owned()),
        (WorkerState::Slow, _) => notes.push("beat late; stops its renders after 10s".to_owned()),
        (WorkerState::Draining | WorkerState::Ok, _) => {}
    }
    if let (Some(since), false) = (worker.draining_at, worker.state == WorkerState::Lost) {
        notes.push(match worker.drained_at {
            Some(_) => "drained, no jobs left: it can be stopped".to_owned(),
            None => format!("draining for {}, {} left", age(fleet.at, since), quantity(worker.busy, "job")),
        });
    }
    if let Some(size) = worker.memory_bytes.filter(|_| worker.state != WorkerState::Lost)
        && let Some(median) = median_memory(fleet).filter(|median| *median > 0 && size >= MUCH * median)
    {
        notes.push(format!("memory {}.{}× median", size / median, size * 10 / median % 10));
    }
    notes.join("; ")
}

fn median_memory(fleet: &Fleet) -> Option<i64> {
    let alive = fleet.workers.iter().filter(|worker| worker.state != WorkerState::Lost);
    let mut sizes: Vec<i64> = alive.filter_map(|worker| worker.memory_bytes).collect();
    sizes.sort_unstable();
    (sizes.len() >= MIN_FLEET).then(|| sizes.get(sizes.len() / 2).copied()).flatten()
}

#[cfg(test)]
pub(crate) mod tests {
    use chrono::{DateTime, TimeDelta};
    use domain::id::WorkerId;
    use domain::worker::{Fleet, Worker, WorkerState};
    use uuid::Uuid;

    use super::{headline, note, rate};

    /// A healthy worker.
    pub(crate) fn worker(number: u128) -> Worker {
        let at = DateTime::UNIX_EPOCH + TimeDelta::hours(9);
        Worker {
            id: WorkerId::from(Uuid::from_u128(number)),
            name: format!("w-{number:02}"),
            state: WorkerState::Ok,
            silent_s: 1.2,
            beat_at: at - TimeDelta::milliseconds(1_200),
            slots: 8,
            busy: 8,
            lapses_at: Some(at + TimeDelta::seconds(26)),
            memory_bytes: Some(600_000_000 + i64::try_from(number).unwrap_or(0) * 1_000_000),
            completed_1m: Some(20),
            failed_1m: Some(1),
            version: "1.4.2".to_owned(),
            browser: "Chromium 140".to_owned(),
            host: Some("host-a".to_owned()),
            pid: Some(4411),
            started_at: at - TimeDelta::hours(3),
            draining_at: None,
            drained_at: None,
            swept_at: Some(at - TimeDelta::seconds(40)),
        }
    }

    /// A lost worker, a drained one, one with too much memory, and healthy ones.
    pub(crate) fn fleet() -> Fleet {
        let at = DateTime::UNIX_EPOCH + TimeDelta::hours(9);
        let lost = Worker {
            state: WorkerState::Lost,
            silent_s: 94.0,
            beat_at: at - TimeDelta::seconds(94),
            host: Some("host-f".to_owned()),
            ..worker(12)
        };
        let slow = Worker { state: WorkerState::Slow, silent_s: 8.0, memory_bytes: Some(1_900_000_000), ..worker(9) };
        let draining = Worker {
            state: WorkerState::Draining,
            busy: 6,
            version: "1.4.1".to_owned(),
            draining_at: Some(at - TimeDelta::minutes(27)),
            ..worker(7)
        };
        let drained = Worker {
            state: WorkerState::Draining,
            busy: 0,
            lapses_at: None,
            draining_at: Some(at - TimeDelta::minutes(27)),
            drained_at: Some(at - TimeDelta::minutes(20)),
            ..worker(8)
        };
        let old =
            Worker { memory_bytes: None, completed_1m: None, failed_1m: None, host: None, pid: None, ..worker(1) };
        Fleet { at, workers: vec![lost, slow, draining, drained, old, worker(2), worker(3)], is_cut: false }
    }

    #[test]
    fn the_headline_counts_states_and_tells_versions_apart() {
        assert_eq!(
            headline(&fleet()),
            "6 alive · 1 lost · 1 slow · 2 draining · 38 leases on 48 slots · versions 1.4.2 ×5, 1.4.1 ×1"
        );
        assert_eq!(headline(&Fleet::default()), "0 alive · 0 leases on 0 slots");
    }

    #[test]
    fn a_note_says_what_is_unusual_and_what_comes_next() {
        let fleet = fleet();
        let notes: Vec<String> = fleet.workers.iter().map(|worker| note(&fleet, worker)).collect();
        assert_eq!(
            notes,
            [
                "holds 8 leases; taken over while any worker lives",
                "beat late; stops its renders after 10s; memory 3.1× median",
                "draining for 27m00s, 6 jobs left",
                "drained, no jobs left: it can be stopped",
                "",
                "",
                "",
            ]
        );
    }

    #[test]
    fn an_unknown_number_is_not_zero() {
        let old = Worker { completed_1m: None, ..worker(1) };
        assert_eq!((rate(&old, old.completed_1m), rate(&old, Some(0))), ("…".to_owned(), "0".to_owned()));
    }
}
