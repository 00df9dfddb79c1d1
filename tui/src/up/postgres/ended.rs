//! What an earlier Postgres has left behind must never stand in the way of the next.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::{Instant, sleep};

use super::PostgresError;

/// How the postmaster is ended, and how many seconds each signal has.
const POSTMASTER: [(Signal, u64); 3] = [(Signal::SIGINT, 15), (Signal::SIGQUIT, 5), (Signal::SIGKILL, 5)];
/// How its backends are, which run on without it until they next look up from their work.
const BACKENDS: [(Signal, u64); 2] = [(Signal::SIGTERM, 5), (Signal::SIGKILL, 5)];

/// Makes sure that no Postgres runs on the cluster, nor seems to.
///
/// We hold the data folder's lock, so one that runs belongs to a `tintype up` that was
/// killed, or has lost its postmaster: it is told to stop. Only then is a file removed
/// that names a process which is no Postgres of ours (its number was given away again,
/// say after a reboot), for Postgres itself would believe it.
pub(crate) async fn make_sure(cluster: &Path) -> Result<(), PostgresError> {
    let file = cluster.join("postmaster.pid");
    end(&POSTMASTER, || postmaster(&file).filter(|pid| runs_on(cluster, *pid)).into_iter().collect()).await?;
    end(&BACKENDS, || inhabitants(cluster)).await?;
    let _ = fs::remove_file(file);
    Ok(())
}

/// Ends the processes that are found, with one signal after the other.
async fn end(signals: &[(Signal, u64)], found: impl Fn() -> Vec<i32>) -> Result<(), PostgresError> {
    for (signal, patience) in signals {
        for pid in found() {
            let _ = kill(Pid::from_raw(pid), *signal);
        }
        let deadline = Instant::now() + Duration::from_secs(*patience);
        while !found().is_empty() && Instant::now() < deadline {
            sleep(Duration::from_millis(20)).await;
        }
    }
    found().first().map_or(Ok(()), |pid| Err(PostgresError::Undead(*pid)))
}

/// The process that the postmaster's file names.
fn postmaster(file: &Path) -> Option<i32> {
    fs::read_to_string(file).ok()?.lines().next()?.trim().parse().ok()
}

/// Whether that process is a Postgres which runs on the cluster.
fn runs_on(cluster: &Path, pid: i32) -> bool {
    if Path::new("/proc/self/cwd").exists() {
        return inhabits(cluster, pid);
    }
    let line = Command::new("ps").args(["-o", "command=", "-p", &pid.to_string()]).output();
    let line = line.map(|said| said.stdout).unwrap_or_default();
    let cluster = cluster.as_os_str().as_encoded_bytes();
    line.windows(cluster.len()).any(|part| part == cluster)
}

/// Every Postgres process that lives in the cluster. Only Linux tells.
fn inhabitants(cluster: &Path) -> Vec<i32> {
    let processes = fs::read_dir("/proc").into_iter().flatten();
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid| inhabits(cluster, *pid)).collect()
}

/// Whether that process is a Postgres, by its name, whose working folder is the cluster.
/// One that has ended but was not waited for has none.
fn inhabits(cluster: &Path, pid: i32) -> bool {
    let named = || fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "postgres");
    let place = |path: &Path| fs::metadata(path).ok().map(|about| (about.dev(), about.ino()));
    let lives_in = place(Path::new(&format!("/proc/{pid}/cwd")));
    lives_in.is_some() && lives_in == place(cluster) && named()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command};

    use super::make_sure;

    /// A process of a name, in the folder, that runs on until it is ended.
    fn process(folder: &tempfile::TempDir, name: &str) -> Child {
        let program = folder.path().join(name);
        std::os::unix::fs::symlink("/bin/sleep", &program).unwrap();
        Command::new(program).arg0(name).arg("600").current_dir(folder).spawn().unwrap()
    }

    #[tokio::test]
    async fn a_backend_that_outlived_its_postmaster_is_ended_and_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("postmaster.pid");
        let mut backend = process(&folder, "postgres");
        let mut shell = process(&folder, "sh");
        std::fs::write(&file, format!("{}\n", shell.id())).unwrap();

        make_sure(folder.path()).await.unwrap();

        assert!(!backend.wait().unwrap().success());
        assert_eq!(shell.try_wait().unwrap(), None);
        assert!(!file.exists());
        shell.kill().unwrap();
        shell.wait().unwrap();
    }
}
