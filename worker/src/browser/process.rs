//! A browser's process, with everything that it leaves: one value owns them all.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::Child;
use tokio::time::sleep;

use super::command::command;
use super::find::Binary;
use super::home::{Home, open_plain};
use super::user::Identity;

/// More than a browser ever writes to say where it listens.
const PORT_FILE: u64 = 256;

/// A browser's process group and its private directory. Both are gone once it is dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: Pid,
    home: Home,
}

/// Why a browser does not run.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// The machine lacks something: look at what.
    #[error("{0}: {1}")]
    Machine(&'static str, std::io::Error),
    /// The browser does not like it here: read its last words.
    #[error("the browser ended at once ({0}): {1}")]
    Ended(ExitStatus, String),
    /// The machine is overloaded, or the browser hangs.
    #[error("the browser did not answer in time: {0}")]
    Mute(String),
}

/// The browser's own directory of settings and caches.
pub(super) fn profile(home: &Path) -> PathBuf {
    home.join("profile")
}

impl Process {
    /// Starts a browser.
    ///
    /// It dies with the calling thread: call from a task, never from a blocking thread.
    pub(super) fn spawn(binary: &Binary, identity: &Identity) -> Result<Self, NotStarted> {
        let home = Home::make(identity).map_err(|e| NotStarted::Machine("no private directory for the browser", e))?;
        let log = home.log().map_err(|e| NotStarted::Machine("no log for the browser", e))?;
        let child = command(binary, identity, home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|e| NotStarted::Machine("the browser's launcher (prlimit, of util-linux) did not run", e))?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        let group = group.ok_or_else(|| NotStarted::Mute("it has no process id".to_owned()))?;
        Ok(Self { child, group, home })
    }

    /// Waits until the browser listens, however long that takes, and answers where.
    pub(super) async fn listening(&mut self) -> Result<String, NotStarted> {
        let port_file = profile(self.home.path()).join("DevToolsActivePort");
        loop {
            if let Some(url) = read(&port_file).as_deref().and_then(debugging_url) {
                return Ok(url);
            }
            match self.child.try_wait() {
                Ok(Some(status)) => return Err(NotStarted::Ended(status, self.home.last_words())),
                Ok(None) | Err(_) => sleep(Duration::from_millis(10)).await,
            }
        }
    }

    /// Kills the browser and waits for its end, so that dropping it blocks nobody.
    pub(super) async fn kill(mut self) {
        self.kill_group();
        let _status = self.child.wait().await;
    }

    /// The group is the child's until it was waited for, so it can be no one else's.
    fn kill_group(&self) {
        if self.child.id().is_some() {
            let _gone = killpg(self.group, Signal::SIGKILL);
        }
    }

    /// It took too long: here is what it said.
    pub(super) fn mute(&self) -> NotStarted {
        NotStarted::Mute(self.home.last_words())
    }
}

impl Drop for Process {
    /// Blocks for the few milliseconds in which a killed browser ends, if nobody has
    /// waited for it: its directory can be removed only then.
    fn drop(&mut self) {
        self.kill_group();
        for _ in 0..100 {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                Ok(Some(_)) | Err(_) => return,
            }
        }
    }
}

/// Reads a file that the browser writes, and believes nothing about it.
fn read(port_file: &Path) -> Option<String> {
    let (file, _) = open_plain(port_file).ok()?;
    let mut text = String::new();
    file.take(PORT_FILE).read_to_string(&mut text).ok()?;
    Some(text)
}

/// Reads the file in which a browser says where it listens: a port, and a path.
fn debugging_url(file: &str) -> Option<String> {
    let (port, path) = file.trim_end().split_once('\n')?;
    let port: u16 = port.parse().ok()?;
    path.starts_with("/devtools/").then(|| format!("ws://127.0.0.1:{port}{path}"))
}

#[cfg(test)]
mod tests {
    use super::debugging_url;

    #[test]
    fn a_file_without_a_port_and_a_path_says_nothing() {
        for file in ["", "3", "38201", "38201\n", "38201\n/dev"] {
            assert_eq!(debugging_url(file), None, "{file:?}");
        }
    }

    #[test]
    fn a_file_that_is_written_says_where_the_browser_listens() {
        let url = debugging_url("38201\n/devtools/browser/6b29\n");

        assert_eq!(url.as_deref(), Some("ws://127.0.0.1:38201/devtools/browser/6b29"));
    }
}
