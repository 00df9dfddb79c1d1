//! The terminal's device.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;

use nix::fcntl::OFlag;

/// The size of a terminal that does not say.
const USUAL_SIZE: (u16, u16) = (80, 24);

/// Opens the terminal that a standard stream is connected to, without blocking. The stream itself is shared with the
/// shell, which must not find it in another mode.
pub(super) fn open(stream: &impl AsRawFd) -> io::Result<File> {
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let open = |path: &str| OpenOptions::new().read(true).write(true).custom_flags(flags.bits()).open(path);
    // After `su`, the device belongs to another user, but every process may open its own terminal.
    open(&format!("/proc/self/fd/{}", stream.as_raw_fd())).or_else(|_| open("/dev/tty"))
}

/// The columns and lines.
pub(super) fn size() -> (u16, u16) {
    crossterm::terminal::window_size()
        .map(|size| (size.columns, size.rows))
        .ok()
        .filter(|(columns, lines)| *columns > 0 && *lines > 0)
        .unwrap_or(USUAL_SIZE)
}
