//! A terminal for a full-screen program: tmux, whose screen the test reads.

use std::path::Path;
use std::process::Command;

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::time::timeout;

use crate::TEST_TIMEOUT;

/// A program in a terminal. Dropping it closes the terminal.
pub struct Terminal {
    directory: tempfile::TempDir,
    output: pipe::Receiver,
}

impl Terminal {
    /// Runs a program in a terminal of this many columns and lines.
    pub fn open(program: &Path, (columns, lines): (u16, u16), env: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let fifo = directory.path().join("output");
        nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).expect("a fifo");
        let output = pipe::OpenOptions::new().read_write(true).open_receiver(&fifo).expect("the fifo opens");
        let terminal = Self { directory, output };
        let (columns, lines) = (columns.to_string(), lines.to_string());
        let env: Vec<String> = env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut start = vec!["new-session", "-d", "-x", &columns, "-y", &lines];
        for pair in &env {
            start.extend(["-e", pair]);
        }
        start.push(program.to_str().expect("a plain path"));
        terminal.tmux(&start);
        terminal.tmux(&["pipe-pane", &format!("exec cat > {}", fifo.display())]);
        terminal
    }

    /// Waits until `check` finds a value on the screen. It checks again after each output.
    pub async fn wait_for<T>(&mut self, check: impl Fn(&str) -> Option<T>) -> T {
        let found = async {
            loop {
                let screen = self.tmux(&["capture-pane", "-p"]);
                if let Some(found) = check(&screen) {
                    return found;
                }
                let length = self.output.read(&mut [0; 4096]).await.expect("output of the program");
                assert!(length > 0, "the program closed its terminal");
            }
        };
        let found = timeout(TEST_TIMEOUT, found).await;
        found.unwrap_or_else(|_elapsed| panic!("the screen shows:\n{}", self.tmux(&["capture-pane", "-p"])))
    }

    /// Presses a key.
    pub fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    fn tmux(&self, args: &[&str]) -> String {
        let socket = self.directory.path().join("tmux");
        let tmux = Command::new("tmux").arg("-S").arg(socket).args(["-f", "/dev/null"]).args(args).output();
        let output = tmux.expect("tmux is installed");
        assert!(output.status.success(), "tmux {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let socket = self.directory.path().join("tmux");
        // The tmux server exits with its program.
        drop(Command::new("tmux").arg("-S").arg(socket).arg("kill-server").output());
    }
}
