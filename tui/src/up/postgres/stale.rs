//! Stale processes and files of an earlier Postgres, which must not block the next start.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::{Instant, sleep};

/// The signals that end the postmaster, and how many seconds each may take.
const POSTMASTER_SIGNALS: [(Signal, u64); 3] = [(Signal::SIGINT, 15), (Signal::SIGQUIT, 5), (Signal::SIGKILL, 5)];
/// The signals that end its backends. Without a postmaster, a backend continues until its
/// current statement ends.
const BACKEND_SIGNALS: [(Signal, u64); 2] = [(Signal::SIGTERM, 5), (Signal::SIGKILL, 5)];
/// How often it is checked whether the processes have ended.
const CHECK_INTERVAL: Duration = Duration::from_millis(20);

/// A process that survived every signal. Kill it by hand.
#[derive(Debug, thiserror::Error)]
#[error("the Postgres of an earlier `tintype up` (pid {0}) does not end")]
pub(crate) struct StaleError(i32);

/// Ends every Postgres process that runs on the cluster, and removes a stale pid file.
///
/// The caller holds the lock of the data directory, so such a process belongs to a
/// `tintype up` that was killed, or has lost its postmaster. The pid file is removed last: it
/// may name a process that is not a Postgres of ours, because the pid was reused (for example
/// after a reboot), and Postgres would then refuse to start.
pub(crate) async fn end_processes(cluster: &Path) -> Result<(), StaleError> {
    let pid_file = cluster.join("postmaster.pid");
    let postmaster = || postmaster(&pid_file).filter(|pid| runs_on(cluster, *pid)).into_iter().collect();
    end(&POSTMASTER_SIGNALS, postmaster).await?;
    end(&BACKEND_SIGNALS, || processes_in(cluster)).await?;
    let _ = fs::remove_file(pid_file);
    Ok(())
}

/// Sends one signal after the other until no process is found.
async fn end(signals: &[(Signal, u64)], find: impl Fn() -> Vec<i32>) -> Result<(), StaleError> {
    for (signal, timeout_s) in signals {
        for pid in find() {
            let _ = kill(Pid::from_raw(pid), *signal);
        }
        let deadline = Instant::now() + Duration::from_secs(*timeout_s);
        while !find().is_empty() && Instant::now() < deadline {
            sleep(CHECK_INTERVAL).await;
        }
    }
    find().first().map_or(Ok(()), |pid| Err(StaleError(*pid)))
}

/// The process that the pid file names.
fn postmaster(pid_file: &Path) -> Option<i32> {
    fs::read_to_string(pid_file).ok()?.lines().next()?.trim().parse().ok()
}

/// Whether the process is a Postgres that runs on the cluster.
fn runs_on(cluster: &Path, pid: i32) -> bool {
    if Path::new("/proc/self/cwd").exists() {
        return is_postgres_in(cluster, pid);
    }
    let output = Command::new("ps").args(["-o", "command=", "-p", &pid.to_string()]).output();
    let command_line = output.map(|output| output.stdout).unwrap_or_default();
    let cluster = cluster.as_os_str().as_encoded_bytes();
    command_line.windows(cluster.len()).any(|part| part == cluster)
}

/// Every Postgres process that runs on the cluster; on systems other than Linux, none.
fn processes_in(cluster: &Path) -> Vec<i32> {
    let processes = fs::read_dir("/proc").into_iter().flatten();
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid| is_postgres_in(cluster, *pid)).collect()
}

/// Whether the process is named `postgres` and its working directory is the cluster. A zombie
/// has no working directory.
fn is_postgres_in(cluster: &Path, pid: i32) -> bool {
    let has_name = || fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "postgres");
    let inode = |path: &Path| fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()));
    let working_dir = inode(Path::new(&format!("/proc/{pid}/cwd")));
    working_dir.is_some() && working_dir == inode(cluster) && has_name()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command};

    use super::end_processes;

    /// Starts a process of a given name in the directory, which runs until it is killed.
    fn process(dir: &tempfile::TempDir, name: &str) -> Child {
        let program = dir.path().join(name);
        std::os::unix::fs::symlink("/bin/sleep", &program).unwrap();
        Command::new(program).arg0(name).arg("600").current_dir(dir).spawn().unwrap()
    }

    #[tokio::test]
    async fn a_backend_without_a_postmaster_is_ended_and_other_processes_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let pid_file = dir.path().join("postmaster.pid");
        let mut backend = process(&dir, "postgres");
        let mut shell = process(&dir, "sh");
        std::fs::write(&pid_file, format!("{}\n", shell.id())).unwrap();

        end_processes(dir.path()).await.unwrap();

        assert!(!backend.wait().unwrap().success());
        assert_eq!(shell.try_wait().unwrap(), None);
        assert!(!pid_file.exists());
        shell.kill().unwrap();
        shell.wait().unwrap();
    }
}
