//! What operators install: man pages, units, the chart, the filters of system calls.

mod chart;
mod filters;
mod manual;
mod settings;
mod units;

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use harness::TEST_TIMEOUT;
use tokio::process::Command;
use tokio::time::timeout;

/// Returns the path of a file of this repository.
fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a directory above the tests").join(name)
}

/// Runs a command to its end.
async fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).kill_on_drop(true);
    timeout(TEST_TIMEOUT, command.output()).await.expect("it ends in time").expect("it runs")
}

/// Returns what a command printed on both streams.
fn printed(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
