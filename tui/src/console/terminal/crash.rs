//! Crashes: what a panic leaves behind.

use std::backtrace::Backtrace;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::panic::{self, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::SystemTime;

use tokio::sync::mpsc;

use super::guard;
use crate::console::core::message::Message;

/// From now on, a panic of the loop restores the terminal and is printed there. A panic elsewhere leaves the screen as
/// it is and becomes a note. Both are described in a file.
pub(super) fn install_hook(notes: mpsc::Sender<Message>) {
    let loop_thread = thread::current().id();
    panic::set_hook(Box::new(move |panic| {
        // The tasks run on the thread of the loop.
        let ends_console = thread::current().id() == loop_thread && tokio::task::try_id().is_none();
        if ends_console {
            guard::leave();
        }
        let file = state_dir().and_then(|directory| write(&directory, &describe(panic)));
        let place = match &file {
            Ok(path) => format!("see {}", path.display()),
            Err(error) => format!("no crash file could be written: {error}"),
        };
        if ends_console {
            let message = panic.payload_as_str().unwrap_or("panicked");
            drop(writeln!(io::stderr(), "tintype crashed: {message}; {place}"));
        } else {
            drop(notes.try_send(Message::Note(format!("A part of the console crashed; {place}"))));
        }
    }));
}

fn describe(panic: &PanicHookInfo) -> String {
    format!(
        "tintype {}\nthread: {}\nlocation: {}\nmessage: {}\n\n{}\n",
        env!("CARGO_PKG_VERSION"),
        thread::current().name().unwrap_or("unnamed"),
        panic.location().map(ToString::to_string).unwrap_or_default(),
        panic.payload_as_str().unwrap_or("a value that is not text"),
        Backtrace::force_capture(),
    )
}

/// The directory for files of this kind: `tintype` in `$XDG_STATE_HOME` or `~/.local/state`.
fn state_dir() -> io::Result<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = variable("XDG_STATE_HOME").or_else(|| variable("HOME").map(|home| home.join(".local/state")));
    state.map(|state| state.join("tintype")).ok_or_else(|| io::Error::other("HOME is not set"))
}

/// Writes a file that only its owner may read: it may contain what was on the screen.
fn write(directory: &Path, text: &str) -> io::Result<PathBuf> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let path = directory.join(format!("crash-{seconds}-{}.txt", std::process::id()));
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    Ok(path)
}

/// Panics where a test wants it, because there is no other way to make the console panic. Not in releases.
#[cfg(debug_assertions)]
pub(in crate::console) fn panic_in_tests() {
    match std::env::var("TINTYPE_TEST_PANIC").as_deref() {
        Ok("loop") => panic!("a panic of the loop"),
        Ok("task") => drop(tokio::task::spawn_blocking(|| panic!("a panic of a task"))),
        _ => {}
    }
}
