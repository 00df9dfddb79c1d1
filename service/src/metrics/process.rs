//! The metrics that every exporter has of its process, under their usual names.

use std::fmt::Write;

use procfs::ProcResult;
use procfs::process::Process;

/// Returns the metrics; nothing of what the system does not tell.
pub(super) fn render() -> String {
    let mut text = String::new();
    if let Ok(metrics) = read() {
        for (name, kind, help, value) in metrics {
            // Writing to a string cannot fail.
            let _ok = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n\n");
        }
    }
    text
}

type Metric = (&'static str, &'static str, &'static str, f64);

fn read() -> ProcResult<Vec<Metric>> {
    let process = Process::myself()?;
    let stat = process.stat()?;
    let ticks = number(procfs::ticks_per_second());
    let open_files = number(process.fd_count()?.try_into().unwrap_or_default());
    let mut metrics = vec![
        (
            "process_cpu_seconds_total",
            "counter",
            "Processor time of this process, without its children, in seconds.",
            number(stat.utime + stat.stime) / ticks,
        ),
        (
            "process_resident_memory_bytes",
            "gauge",
            "Resident memory of this process, without its children.",
            number(stat.rss.saturating_mul(procfs::page_size())),
        ),
        ("process_virtual_memory_bytes", "gauge", "Virtual memory of this process.", number(stat.vsize)),
        ("process_open_fds", "gauge", "Open file descriptors.", open_files),
        ("process_threads", "gauge", "Threads.", number(stat.num_threads.unsigned_abs())),
    ];
    if let Ok(limits) = process.limits()
        && let procfs::process::LimitValue::Value(max) = limits.max_open_files.soft_limit
    {
        metrics.push(("process_max_fds", "gauge", "The limit of open file descriptors.", number(max)));
    }
    let (boot, since_boot) = (procfs::boot_time_secs()?, number(stat.starttime) / ticks);
    let started = number(boot) + since_boot;
    metrics.push(("process_start_time_seconds", "gauge", "When this process started, in Unix time.", started));
    Ok(metrics)
}

/// Metrics are floating-point numbers, which are exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "metrics are floating-point numbers")]
fn number(value: u64) -> f64 {
    value as f64
}
