//! A terminal for a program that draws: tmux, read as a person would.

use std::path::Path;
use std::process::Command;

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::time::timeout;

use crate::PATIENCE;

/// A program on a screen. Dropping it closes the screen.
pub struct Terminal {
    folder: tempfile::TempDir,
    drawn: pipe::Receiver,
}

impl Terminal {
    /// Runs a program on a screen of so many columns and lines.
    pub fn open(program: &Path, (columns, lines): (u16, u16), env: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let fifo = folder.path().join("drawn");
        nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).expect("a fifo");
        let drawn = pipe::OpenOptions::new().read_write(true).open_receiver(&fifo).expect("the fifo opens");
        let terminal = Self { folder, drawn };
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

    /// Waits until the screen shows what is looked for, looking again whenever it is drawn.
    pub async fn until<T>(&mut self, look: impl Fn(&str) -> Option<T>) -> T {
        let found = async {
            loop {
                let screen = self.tmux(&["capture-pane", "-p"]);
                if let Some(found) = look(&screen) {
                    return found;
                }
                let drawn = self.drawn.read(&mut [0; 4096]).await.expect("the screen is there");
                assert!(drawn > 0, "something is drawn");
            }
        };
        timeout(PATIENCE, found).await.expect("what was looked for never showed")
    }

    /// Types a key.
    pub fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    fn tmux(&self, args: &[&str]) -> String {
        let socket = self.folder.path().join("tmux");
        let tmux = Command::new("tmux").arg("-S").arg(socket).args(["-f", "/dev/null"]).args(args).output();
        let output = tmux.expect("tmux is installed");
        assert!(output.status.success(), "tmux {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let socket = self.folder.path().join("tmux");
        // The server may have ended with its program.
        drop(Command::new("tmux").arg("-S").arg(socket).arg("kill-server").output());
    }
}
