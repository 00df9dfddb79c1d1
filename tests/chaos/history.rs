//! The responses that customers got, and how long they took.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

/// What all customers saw. It is complete once they have ended.
pub(super) struct History(Mutex<Records>);

struct Records {
    jobs: BTreeMap<String, Acknowledged>,
    /// The number of responses by status and code, and of calls without a response.
    responses: BTreeMap<String, u64>,
    /// How long each final response took, with its repetitions, by the kind of the call.
    durations: BTreeMap<&'static str, Vec<Duration>>,
    last_success: Instant,
    longest_outage: Duration,
    violations: Vec<String>,
}

/// A job that a customer knows of.
#[derive(Debug, Clone, Default)]
pub(super) struct Acknowledged {
    pub(super) key: String,
    /// The status in which the customer saw that it had ended.
    pub(super) end: Option<String>,
    /// The fingerprint of its result.
    pub(super) result: Option<u64>,
}

impl History {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Records {
            jobs: BTreeMap::new(),
            responses: BTreeMap::new(),
            durations: BTreeMap::new(),
            last_success: Instant::now(),
            longest_outage: Duration::ZERO,
            violations: Vec::new(),
        }))
    }

    /// Records a response, or why there is none.
    pub(super) fn responded(&self, what: String, succeeded: bool) {
        let mut records = self.records();
        *records.responses.entry(what).or_default() += 1;
        if succeeded {
            let outage = records.last_success.elapsed();
            records.longest_outage = records.longest_outage.max(outage);
            records.last_success = Instant::now();
        }
    }

    pub(super) fn took(&self, call: &'static str, duration: Duration) {
        self.records().durations.entry(call).or_default().push(duration);
    }

    pub(super) fn acknowledged(&self, key: &str, job: &str) {
        let acknowledged = || Acknowledged { key: key.to_owned(), ..Acknowledged::default() };
        self.records().jobs.entry(job.to_owned()).or_insert_with(acknowledged);
    }

    /// Records that a job was seen to have ended, and that it has not ended differently before.
    pub(super) fn ended(&self, job: &str, status: &str, result: Option<u64>) {
        let mut records = self.records();
        let Some(known) = records.jobs.get_mut(job) else { return };
        let before = known.clone();
        let differs = known.end.get_or_insert_with(|| status.to_owned()).as_str() != status
            || result.is_some_and(|result| *known.result.get_or_insert(result) != result);
        if differs {
            records.violations.push(format!("{job} was {before:?}, and then {status} {result:?}"));
        }
    }

    pub(super) fn violated(&self, what: String) {
        eprintln!("chaos: VIOLATION: {what}");
        self.records().violations.push(what);
    }

    pub(super) fn jobs(&self) -> BTreeMap<String, Acknowledged> {
        self.records().jobs.clone()
    }

    pub(super) fn violations(&self) -> Vec<String> {
        self.records().violations.clone()
    }

    /// Describes the load, for people.
    pub(super) fn figures(&self) -> String {
        let records = self.records();
        let mut text = String::new();
        let mut line = |name: &str, value: String| writeln!(text, "  {name:<28} {value}").expect("a string");
        line("jobs acknowledged", records.jobs.len().to_string());
        line("longest time without success", format!("{:.1} s", records.longest_outage.as_secs_f64()));
        for (call, durations) in &records.durations {
            let mut sorted = durations.clone();
            sorted.sort();
            let quantile = |percent: usize| sorted[(sorted.len() - 1) * percent / 100].as_secs_f64();
            let quantiles = format!(
                "{} calls, p50 {:.2} s, p99 {:.2} s, max {:.2} s",
                sorted.len(),
                quantile(50),
                quantile(99),
                quantile(100)
            );
            line(call, quantiles);
        }
        for (response, count) in &records.responses {
            line(response, count.to_string());
        }
        text
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.lock().expect("no panic")
    }
}
