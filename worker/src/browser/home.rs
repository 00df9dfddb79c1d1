//! The private directory of a browser, which is gone when its owner is.
//!
//! ```text
//! tintype-browser-…/   the worker's own; a browser may pass it, and write nothing in it
//!   lock               says that the worker lives
//!   log                what the browser says on its standard error
//!   home/              the browser's own: its profile, its HOME, its TMPDIR
//! ```

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions, TryLockError, set_permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::unistd::geteuid;
use tempfile::TempDir;

use super::place::place;
use super::user::Identity;

/// What the name of every browser's directory begins with.
const PREFIX: &str = "tintype-browser-";

/// How much of a browser's log is ever read.
const LAST_WORDS: u64 = 16 * 1024;

/// A directory that only the browser's user may use. It is removed when dropped.
#[derive(Debug)]
pub(super) struct Home {
    path: PathBuf,
    log: File,
    _directory: TempDir,
    /// Says that the owner lives: the lock ends with its process, however that ends.
    _lock: File,
}

impl Home {
    /// Makes a directory. Our own files in it are made before a browser's user may pass.
    pub(super) fn make(identity: &Identity) -> io::Result<Self> {
        let private = Permissions::from_mode(0o700);
        let directory = tempfile::Builder::new().prefix(PREFIX).permissions(private).tempdir_in(place(identity)?)?;
        let lock = hold(directory.path())?;
        let log = ours().read(true).append(true).open(directory.path().join("log"))?;
        let path = directory.path().join("home");
        DirBuilder::new().mode(0o700).create(&path)?;
        if let Identity::Other { uid, gid } = identity {
            chown(&path, Some(uid.as_raw()), Some(gid.as_raw()))?;
            set_permissions(directory.path(), Permissions::from_mode(0o711))?;
        }
        Ok(Self { path, log, _directory: directory, _lock: lock })
    }

    /// The part that is the browser's own.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the browser may write what it has to say.
    pub(super) fn log(&self) -> io::Result<File> {
        self.log.try_clone()
    }

    /// The last lines that the browser wrote there.
    pub(super) fn last_words(&self) -> String {
        let end = self.log.metadata().map_or(0, |log| log.len());
        let mut log = vec![0; usize::try_from(end.min(LAST_WORDS)).unwrap_or_default()];
        let read = self.log.read_at(&mut log, end.saturating_sub(LAST_WORDS)).unwrap_or_default();
        log.truncate(read);
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
        let last = lines.get(lines.len().saturating_sub(5)..).unwrap_or_default();
        if last.is_empty() { "it said nothing".to_owned() } else { last.join(" | ") }
    }
}

/// Removes the directories of workers that were killed and could not do so themselves.
///
/// Others' are left alone, and so is what cannot be read or removed.
pub(crate) fn sweep(identity: &Identity) {
    let Ok(entries) = place(identity).and_then(std::fs::read_dir) else { return };
    for entry in entries.flatten() {
        let named = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if named && is_abandoned(&entry.path()) {
            let _best_effort = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Only what is ours is believed: anybody may put anything where temporary files are.
fn is_abandoned(directory: &Path) -> bool {
    let own = |met: &Metadata| met.uid() == geteuid().as_raw();
    let is_directory = directory.symlink_metadata().is_ok_and(|met| met.is_dir() && own(&met));
    is_directory && open_plain(&lock_file(directory)).is_ok_and(|(lock, met)| own(&met) && is_free(&lock))
}

/// Opens what another user may have put there: never through a link, never a pipe that
/// nobody writes to.
pub(super) fn open_plain(path: &Path) -> io::Result<(File, Metadata)> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path)?;
    let met = file.metadata()?;
    if met.is_file() { Ok((file, met)) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

/// The lock gets its name only once it is held: a sweep never sees it free.
fn hold(directory: &Path) -> io::Result<File> {
    let unnamed = directory.join("lock.new");
    let lock = ours().write(true).open(&unnamed)?;
    lock.lock()?;
    std::fs::rename(unnamed, lock_file(directory))?;
    Ok(lock)
}

/// How files are made that a browser may not even read.
fn ours() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create_new(true).mode(0o600);
    options
}

fn is_free(lock: &File) -> bool {
    match lock.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}

fn lock_file(directory: &Path) -> PathBuf {
    directory.join("lock")
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::symlink;

    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;
    use tempfile::TempDir;

    use super::{Home, PREFIX, is_abandoned, lock_file, open_plain, sweep};
    use crate::browser::Identity;

    fn directory() -> TempDir {
        tempfile::Builder::new().prefix(PREFIX).tempdir().expect("a directory")
    }

    #[test]
    fn only_what_nobody_holds_is_swept() {
        let held = Home::make(&Identity::Own).expect("a directory");
        let abandoned = directory();
        std::fs::write(lock_file(abandoned.path()), "").expect("a lock that nobody holds");
        let unlocked = directory();

        sweep(&Identity::Own);

        assert!(held.path().exists());
        assert!(!abandoned.path().exists());
        assert!(unlocked.path().exists());
    }

    #[test]
    fn a_pipe_or_a_link_in_a_lock_s_place_is_left_alone() {
        let (pipe, link, target) = (directory(), directory(), directory());
        mkfifo(&lock_file(pipe.path()), Mode::S_IRWXU).expect("a pipe");
        std::fs::write(target.path().join("file"), "").expect("a file");
        symlink(target.path().join("file"), lock_file(link.path())).expect("a link");

        assert!(!is_abandoned(pipe.path()));
        assert!(!is_abandoned(link.path()));
        assert!(open_plain(target.path()).is_err());
    }

    #[test]
    fn a_browser_s_last_words_are_its_last_lines() {
        let home = Home::make(&Identity::Own).expect("a directory");
        assert_eq!(home.last_words(), "it said nothing");

        home.log().and_then(|mut log| log.write_all(b"1\n2\n3\n\n4\n5\n6\n")).expect("a log");

        assert_eq!(home.last_words(), "2 | 3 | 4 | 5 | 6");
    }
}
