//! A pseudo-terminal: the bytes that a program sends, the screen that they make, and the modes it leaves behind.
//!
//! Unlike [`Terminal`](crate::Terminal), it can send any bytes, stop reading, and be closed.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{FlowArg, tcflow};
use nix::unistd::{Pid, ttyname};
use tokio::net::unix::pipe;
use tokio::process::{Child, Command as AsyncCommand};
use tokio::time::timeout;

use crate::TEST_TIMEOUT;

/// A program in a pseudo-terminal. Dropping it kills the program.
pub struct Pty {
    terminal: Option<pipe::Receiver>,
    keyboard: Option<File>,
    /// Keeps the terminal's modes while no program has it open, so that a test can read them.
    device: OwnedFd,
    path: PathBuf,
    child: Child,
    screen: vt100::Parser,
    /// Everything that the program has sent.
    pub bytes: Vec<u8>,
}

impl Pty {
    /// Runs a program as the leader of a session in a terminal of this many columns and lines.
    pub fn open(program: &[&str], (columns, lines): (u16, u16), env: &[(&str, &str)]) -> Self {
        let size = Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let pair = openpty(&size, None).expect("a pseudo-terminal");
        // A program that has the other end cannot notice that it is closed.
        fcntl(&pair.master, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).expect("a descriptor");
        fcntl(&pair.slave, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).expect("a descriptor");
        let path = ttyname(pair.slave.as_fd()).expect("the name of the terminal");
        let end = || Stdio::from(pair.slave.try_clone().expect("a descriptor"));
        let mut command = AsyncCommand::new("setsid");
        command.arg("--ctty").args(program).stdin(end()).stdout(end()).stderr(end()).kill_on_drop(true);
        command.env("TERM", "xterm-256color").env_remove("TMUX").env_remove("SSH_TTY").env_remove("NO_COLOR");
        command.env_remove("DATABASE_URL").envs(env.iter().copied());
        let child = command.spawn().expect("the program starts");
        let master = File::from(pair.master);
        let keyboard = master.try_clone().expect("a descriptor");
        fcntl(&master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("a descriptor");
        let terminal = pipe::Receiver::from_file_unchecked(master).expect("the terminal");
        let screen = vt100::Parser::new(lines, columns, 0);
        let device = pair.slave;
        Self { terminal: Some(terminal), keyboard: Some(keyboard), device, path, child, screen, bytes: Vec::new() }
    }

    /// The process.
    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().expect("the program runs").try_into().expect("a process id"))
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).expect("the program runs");
    }

    /// Types bytes.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.keyboard.as_mut().expect("an open terminal").write_all(bytes.as_ref()).expect("the terminal takes keys");
    }

    /// The text on the screen.
    pub fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// The screen, with its styles.
    pub fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// Waits until `check` finds a value on the screen. It checks again after each output.
    pub async fn wait_for<T>(&mut self, check: impl Fn(&vt100::Screen) -> Option<T>) -> T {
        let wait = async {
            loop {
                if let Some(found) = check(self.screen.screen()) {
                    return found;
                }
                assert!(self.read().await, "the program ended:\n{}", self.text());
            }
        };
        let found = timeout(TEST_TIMEOUT, wait).await;
        found.unwrap_or_else(|_elapsed| panic!("the screen did not show it in time:\n{}", self.text()))
    }

    /// Waits until the screen contains a text.
    pub async fn wait_for_text(&mut self, text: &str) {
        self.wait_for(|screen| screen.contents().contains(text).then_some(())).await;
    }

    /// Reads what the program sends, and returns whether it may send more.
    async fn read(&mut self) -> bool {
        loop {
            readable(self.terminal.as_ref()).await;
            match self.try_read() {
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                result => return result.is_ok_and(|length| length > 0),
            }
        }
    }

    /// Reads everything that the program has sent, also if the runtime does not know of it yet.
    fn read_rest(&mut self) {
        let mut buffer = vec![0; 65_536];
        while let Ok(length @ 1..) = self.keyboard.as_mut().expect("an open terminal").read(&mut buffer) {
            self.screen.process(&buffer[..length]);
            self.bytes.extend_from_slice(&buffer[..length]);
        }
    }

    /// Reads what the program has sent.
    fn try_read(&mut self) -> std::io::Result<usize> {
        let terminal = self.terminal.as_ref().expect("an open terminal");
        let mut buffer = vec![0; 65_536];
        let length = terminal.try_read(&mut buffer)?;
        self.screen.process(&buffer[..length]);
        self.bytes.extend_from_slice(&buffer[..length]);
        Ok(length)
    }

    /// Waits until the program ends, and reads what it sends until then.
    pub async fn wait(&mut self) -> ExitStatus {
        let wait = async {
            loop {
                let ended = tokio::select! {
                    status = self.child.wait() => Some(status.expect("a status")),
                    () = readable(self.terminal.as_ref()) => None,
                };
                // A read that bypasses the runtime does not show it that nothing is left.
                while self.try_read().is_ok_and(|length| length > 0) {}
                if let Some(status) = ended {
                    self.read_rest();
                    return status;
                }
            }
        };
        timeout(TEST_TIMEOUT, wait).await.expect("the program did not end in time")
    }

    /// Waits until the program ends, without reading what it sends.
    pub async fn wait_without_reading(&mut self) -> ExitStatus {
        timeout(TEST_TIMEOUT, self.child.wait()).await.expect("the program did not end in time").expect("a status")
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, (columns, lines): (u16, u16)) {
        self.screen.screen_mut().set_size(lines, columns);
        let (columns, lines) = (columns.to_string(), lines.to_string());
        self.stty(&["rows", &lines, "cols", &columns]);
    }

    /// The terminal reads nothing from now on: what the program writes waits.
    pub fn stall(&self) {
        tcflow(&self.device, FlowArg::TCOOFF).expect("a terminal");
    }

    /// The terminal reads again.
    pub fn resume(&self) {
        tcflow(&self.device, FlowArg::TCOON).expect("a terminal");
    }

    /// The modes of the terminal, as `stty -g` prints them.
    pub fn modes(&self) -> String {
        self.stty(&["-g"])
    }

    /// Closes the terminal, as a window that is closed or a connection that is lost.
    pub fn close(&mut self) {
        self.terminal = None;
        self.keyboard = None;
    }

    fn stty(&self, args: &[&str]) -> String {
        let stdin = self.device.try_clone().expect("a descriptor");
        let output = Command::new("stty").args(args).stdin(stdin).output().expect("stty is installed");
        assert!(output.status.success(), "stty {args:?} on {}: {output:?}", self.path.display());
        String::from_utf8(output.stdout).expect("text")
    }
}

/// How a program ended, as shells say it.
pub fn exit_code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().expect("a signal"))
}

async fn readable(terminal: Option<&pipe::Receiver>) {
    match terminal {
        Some(terminal) => terminal.readable().await.expect("the terminal"),
        None => std::future::pending().await,
    }
}
