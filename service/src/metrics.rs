//! The metrics of this process, in the text format of Prometheus.

mod process;

use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::http::{ACCEPT_ERRORS, CLOSED};
use crate::stderr::DROPPED;
use crate::trace::LOST;

/// The media type of [`render`].
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The bounds of histograms, in seconds: from a statement to the longest call.
const BUCKETS: [f64; 15] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// The bounds of histograms whose names end with `_wait_seconds`: up to the hours that a job may
/// wait.
const WAIT_BUCKETS: [f64; 15] =
    [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0];

/// How often samples are moved from the queues of histograms to their buckets. Without this, a
/// process that nobody scrapes keeps every sample.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// What sets gauges when they are read.
type Collector = Box<dyn Fn() + Send>;

static COLLECTORS: Mutex<Vec<Collector>> = Mutex::new(Vec::new());

/// Records what this process counts and measures from now on. Can be called more than once.
pub fn install() {
    RECORDER.get_or_init(|| {
        let handle = recorder().and_then(PrometheusBuilder::install_recorder).ok()?;
        describe();
        let upkeep = handle.clone();
        let run = move || loop {
            thread::sleep(UPKEEP_INTERVAL);
            upkeep.run_upkeep();
        };
        // Without the thread, scrapes do its work.
        let _started = thread::Builder::new().name("metrics".to_owned()).spawn(run);
        Some(handle)
    });
}

/// Describes the metrics of this crate, and starts its counters at zero.
fn describe() {
    describe_counter!(DROPPED, "Log lines that could not be written.");
    describe_counter!(CLOSED, "Connections that the server closed, by reason.");
    describe_counter!(ACCEPT_ERRORS, "Connections that could not be accepted.");
    describe_counter!(LOST, "Spans of exports that failed.");
    for name in [DROPPED, ACCEPT_ERRORS, LOST] {
        counter!(name).increment(0);
    }
    for reason in ["head", "idle", "write", "response", "evicted"] {
        counter!(CLOSED, "reason" => reason).increment(0);
    }
}

/// Sets the metric that says which program this is.
pub fn set_build_info(program: &'static str, version: &'static str) {
    describe_gauge!("tintype_build_info", "The program and its version. Always 1.");
    gauge!("tintype_build_info", "program" => program, "version" => version).set(1.0);
}

/// Calls `collect` before metrics are rendered, to set gauges from state in memory. It must not wait.
pub fn before_render(collect: impl Fn() + Send + 'static) {
    COLLECTORS.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(collect));
}

/// Returns all metrics of this process, by name; nothing before [`install`].
pub fn render() -> String {
    let Some(handle) = RECORDER.get().and_then(Option::as_ref) else { return String::new() };
    COLLECTORS.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|collect| collect());
    let text = handle.render() + &process::render();
    let mut families: Vec<&str> = text.split("\n\n").map(str::trim).filter(|family| !family.is_empty()).collect();
    families.sort_unstable();
    families.join("\n") + "\n"
}

fn recorder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new()
        .set_buckets(&BUCKETS)?
        .set_buckets_for_metric(Matcher::Suffix("_wait_seconds".to_owned()), &WAIT_BUCKETS)
}

#[cfg(test)]
mod tests {
    use metrics::{counter, describe_counter, gauge, histogram};

    use super::{before_render, install, render, set_build_info};

    #[test]
    fn metrics_are_rendered_by_name_with_help_and_buckets_after_gauges_are_collected() {
        install();
        install();
        describe_counter!("tintype_b_total", "What \"b\" is.");
        counter!("tintype_b_total", "code" => "A\"\n").increment(2);
        histogram!("tintype_c_wait_seconds").record(3600.0);
        histogram!("tintype_c_seconds").record(0.0001);
        set_build_info("program", "1");
        before_render(|| gauge!("tintype_a").set(7.0));

        let text = render();

        for line in [
            "# HELP tintype_b_total What \"b\" is.",
            "tintype_b_total{code=\"A\\\"\\n\"} 2",
            "tintype_a 7",
            "tintype_c_wait_seconds_bucket{le=\"7200\"} 1",
            "tintype_c_wait_seconds_bucket{le=\"1800\"} 0",
            "tintype_c_seconds_bucket{le=\"0.001\"} 1",
            "tintype_build_info{program=\"program\",version=\"1\"} 1",
        ] {
            assert!(text.lines().any(|rendered| rendered == line), "{line}\n{text}");
        }
        assert!(text.contains("\nprocess_start_time_seconds ") && text.ends_with('\n') && !text.contains("\n\n"));
    }
}
