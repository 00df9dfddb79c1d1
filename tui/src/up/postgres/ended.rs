//! What an earlier Postgres has left behind must never stand in the way of the next.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::{Instant, sleep};

use super::PostgresError;

/// Makes sure that no Postgres runs on the cluster, nor seems to.
///
/// We hold the data folder's lock, so one that runs belongs to a `tintype up` that was
/// killed, and is on its way out or an orphan: it is told to stop. A file that names a
/// process which is no Postgres of ours (its number was given away again, say after a
/// reboot) is removed, for Postgres itself would believe it.
pub(super) async fn make_sure(cluster: &Path) -> Result<(), PostgresError> {
    let file = cluster.join("postmaster.pid");
    let Some(pid) = fs::read_to_string(&file).ok().and_then(|text| text.lines().next()?.trim().parse().ok()) else {
        return Ok(());
    };
    for (signal, patience) in [(Signal::SIGINT, 15), (Signal::SIGQUIT, 5), (Signal::SIGKILL, 5)] {
        if !runs_on(cluster, pid) {
            break;
        }
        let _ = kill(Pid::from_raw(pid), signal);
        let deadline = Instant::now() + Duration::from_secs(patience);
        while runs_on(cluster, pid) && Instant::now() < deadline {
            sleep(Duration::from_millis(20)).await;
        }
    }
    if runs_on(cluster, pid) {
        return Err(PostgresError::Undead(pid));
    }
    let _ = fs::remove_file(file);
    Ok(())
}

/// Whether that process is a Postgres which runs on the cluster.
fn runs_on(cluster: &Path, pid: i32) -> bool {
    let line = command_line(pid).unwrap_or_default();
    let cluster = cluster.as_os_str().as_encoded_bytes();
    line.windows(cluster.len()).any(|part| part == cluster)
}

/// How a process was started: from `/proc`, or where there is none from `ps`.
fn command_line(pid: i32) -> Option<Vec<u8>> {
    if Path::new("/proc/self/cmdline").exists() {
        return fs::read(format!("/proc/{pid}/cmdline")).ok();
    }
    Some(Command::new("ps").args(["-o", "command=", "-p", &pid.to_string()]).output().ok()?.stdout)
}
