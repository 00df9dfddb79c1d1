//! The terminal guard: what is changed when the terminal is entered, and restored on every way out.
//!
//! What it writes may fail, because the terminal may be gone: errors are ignored. It never waits for a terminal that
//! does not read for longer than [`RESTORE_TIMEOUT`].

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{FlushArg, SetArg, Termios, cfmakeraw, tcflush, tcgetattr, tcsetattr};

use super::tty;

/// How long a terminal that does not read is waited for.
const RESTORE_TIMEOUT: Duration = Duration::from_millis(300);

/// Saves the title, and then: the alternate screen, no cursor, marks around pasted text, reports of the focus.
const ENTER: &str = "\x1b[22;2t\x1b[?1049h\x1b[2J\x1b[?25l\x1b[?2004h\x1b[?1004h";

/// Ends a string and a synchronized update that may have begun, and reverts the above in reverse.
const LEAVE: &str =
    "\x1b\\\x1b[?2026l\x1b[0m\x1b[?1006l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[?25h\x1b[?1049l\x1b[23;2t";

/// The terminal as it was before, while the console has it.
static SAVED: Mutex<Option<Saved>> = Mutex::new(None);

#[derive(Debug)]
struct Saved {
    terminal: File,
    modes: Termios,
    has_terminal: bool,
}

/// Restores the terminal when it is dropped.
#[derive(Debug)]
pub(super) struct Guard(());

impl Guard {
    /// Enters the terminal.
    pub(super) fn enter() -> io::Result<Self> {
        let terminal = tty::open(&io::stdout())?;
        let modes = tcgetattr(terminal.as_fd())?;
        *SAVED.lock().unwrap_or_else(PoisonError::into_inner) = Some(Saved { terminal, modes, has_terminal: false });
        let guard = Self(());
        enter();
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
        *SAVED.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Takes the terminal, also if the shell had it until now.
pub(super) fn enter() {
    if let Some(saved) = SAVED.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        let mut raw = saved.modes.clone();
        cfmakeraw(&mut raw);
        let _gone = tcsetattr(saved.terminal.as_fd(), SetArg::TCSANOW, &raw);
        write(&mut saved.terminal, ENTER);
        saved.has_terminal = true;
    }
}

/// Restores the terminal. Does nothing if it was restored already, or if another thread is doing it.
pub(super) fn leave() {
    let Ok(mut saved) = SAVED.try_lock() else { return };
    if let Some(saved) = saved.as_mut().filter(|saved| saved.has_terminal) {
        saved.has_terminal = false;
        write(&mut saved.terminal, LEAVE);
        // Keys and responses that arrive late must not become a command of the shell.
        let _gone = tcflush(saved.terminal.as_fd(), FlushArg::TCIFLUSH);
        let _gone = tcsetattr(saved.terminal.as_fd(), SetArg::TCSANOW, &saved.modes);
    }
}

/// The sequences with which the console gets the mouse, or the terminal.
pub(super) fn capture_mouse(capture: bool) -> &'static str {
    if capture { "\x1b[?1000h\x1b[?1006h" } else { "\x1b[?1006l\x1b[?1000l" }
}

fn write(terminal: &mut File, text: &str) {
    let (started, mut rest) = (Instant::now(), text.as_bytes());
    while !rest.is_empty() {
        match terminal.write(rest) {
            Ok(written) => rest = rest.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let left = RESTORE_TIMEOUT.saturating_sub(started.elapsed());
                if left.is_zero() || !is_writable(terminal, left) {
                    return;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_closed) => return,
        }
    }
}

fn is_writable(terminal: &File, timeout: Duration) -> bool {
    let timeout = PollTimeout::try_from(timeout.max(Duration::from_millis(1))).unwrap_or(PollTimeout::ZERO);
    poll(&mut [PollFd::new(terminal.as_fd(), PollFlags::POLLOUT)], timeout).is_ok_and(|ready| ready > 0)
}
