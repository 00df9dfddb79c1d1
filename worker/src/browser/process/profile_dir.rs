//! The private directory of a browser, removed together with its owner.
//!
//! ```text
//! tintype-browser-…/   owned by the worker; the browser may traverse but not write it
//!   lock               held while the worker lives
//!   log                the browser's standard error
//!   home/              owned by the browser: its profile, HOME and TMPDIR
//! ```

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions, TryLockError, set_permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::unistd::geteuid;
use tempfile::TempDir;

use super::identity::Identity;
use super::temp_dir::temp_dir;

/// The prefix of every browser's directory.
const PREFIX: &str = "tintype-browser-";

/// How many bytes at the end of the browser's standard error are read.
const MAX_TAIL_BYTES: u64 = 16 * 1024;

/// How many lines of them are reported.
const MAX_TAIL_LINES: usize = 5;

/// A directory that only the browser's user may access. It is removed when dropped.
#[derive(Debug)]
pub(super) struct ProfileDir {
    home: PathBuf,
    stderr: File,
    _directory: TempDir,
    /// Marks the directory as in use. The kernel releases the lock however the worker ends.
    _lock: File,
}

impl ProfileDir {
    /// Creates a directory. The worker's files in it are created before the browser's user
    /// gets access.
    pub(super) fn create(identity: &Identity) -> io::Result<Self> {
        let private = Permissions::from_mode(0o700);
        let directory = tempfile::Builder::new().prefix(PREFIX).permissions(private).tempdir_in(temp_dir(identity)?)?;
        let lock = create_lock(directory.path())?;
        let stderr = private_file().read(true).append(true).open(directory.path().join("log"))?;
        let home = directory.path().join("home");
        DirBuilder::new().mode(0o700).create(&home)?;
        if let Identity::Other { uid, gid } = identity {
            chown(&home, Some(uid.as_raw()), Some(gid.as_raw()))?;
            set_permissions(directory.path(), Permissions::from_mode(0o711))?;
        }
        Ok(Self { home, stderr, _directory: directory, _lock: lock })
    }

    /// Returns the part that the browser may write.
    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// Returns the file for the browser's standard error.
    pub(super) fn stderr(&self) -> io::Result<File> {
        self.stderr.try_clone()
    }

    /// Returns the last lines of the browser's standard error.
    pub(super) fn stderr_tail(&self) -> String {
        let end = self.stderr.metadata().map_or(0, |meta| meta.len());
        let mut tail = vec![0; usize::try_from(end.min(MAX_TAIL_BYTES)).unwrap_or_default()];
        let read = self.stderr.read_at(&mut tail, end.saturating_sub(MAX_TAIL_BYTES)).unwrap_or_default();
        tail.truncate(read);
        let tail = String::from_utf8_lossy(&tail);
        let lines: Vec<&str> = tail.lines().filter(|line| !line.trim().is_empty()).collect();
        let last = lines.get(lines.len().saturating_sub(MAX_TAIL_LINES)..).unwrap_or_default();
        if last.is_empty() { "no output on stderr".to_owned() } else { last.join(" | ") }
    }
}

/// Removes the directories of workers that were killed before they could do so.
///
/// Skips those of other users, and those that cannot be read or removed.
pub(crate) fn remove_abandoned(identity: &Identity) {
    let Ok(entries) = temp_dir(identity).and_then(std::fs::read_dir) else { return };
    for entry in entries.flatten() {
        let has_prefix = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if has_prefix && is_abandoned(&entry.path()) {
            let _best_effort = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether a directory and its lock file are the worker's and the lock is free. Anybody may
/// create entries in the directory for temporary files, so ownership is checked.
fn is_abandoned(directory: &Path) -> bool {
    let is_own = |meta: &Metadata| meta.uid() == geteuid().as_raw();
    let is_own_directory = directory.symlink_metadata().is_ok_and(|meta| meta.is_dir() && is_own(&meta));
    is_own_directory && open_regular(&lock_path(directory)).is_ok_and(|(lock, meta)| is_own(&meta) && is_free(&lock))
}

/// Opens a regular file that another user may have created. Does not follow symbolic links
/// and does not block on a FIFO.
fn open_regular(path: &Path) -> io::Result<(File, Metadata)> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path)?;
    let meta = file.metadata()?;
    if meta.is_file() { Ok((file, meta)) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

/// Creates the lock file under another name and renames it once it is locked, so that
/// [`remove_abandoned`] never sees it free.
fn create_lock(directory: &Path) -> io::Result<File> {
    let temporary = directory.join("lock.new");
    let lock = private_file().write(true).open(&temporary)?;
    lock.lock()?;
    std::fs::rename(temporary, lock_path(directory))?;
    Ok(lock)
}

/// Options for creating a file that the browser may not read.
fn private_file() -> OpenOptions {
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

fn lock_path(directory: &Path) -> PathBuf {
    directory.join("lock")
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::symlink;

    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;
    use tempfile::TempDir;

    use super::{Identity, PREFIX, ProfileDir, is_abandoned, lock_path, open_regular, remove_abandoned};

    fn directory() -> TempDir {
        tempfile::Builder::new().prefix(PREFIX).tempdir().expect("a directory")
    }

    #[test]
    fn only_directories_with_a_free_lock_are_removed() {
        let in_use = ProfileDir::create(&Identity::Own).expect("a directory");
        let abandoned = directory();
        std::fs::write(lock_path(abandoned.path()), "").expect("a free lock");
        let without_lock = directory();

        remove_abandoned(&Identity::Own);

        assert!(in_use.home().exists());
        assert!(!abandoned.path().exists());
        assert!(without_lock.path().exists());
    }

    #[test]
    fn a_fifo_or_a_symbolic_link_in_place_of_the_lock_is_ignored() {
        let (fifo, link, target) = (directory(), directory(), directory());
        mkfifo(&lock_path(fifo.path()), Mode::S_IRWXU).expect("a FIFO");
        std::fs::write(target.path().join("file"), "").expect("a file");
        symlink(target.path().join("file"), lock_path(link.path())).expect("a link");

        assert!(!is_abandoned(fifo.path()));
        assert!(!is_abandoned(link.path()));
        assert!(open_regular(target.path()).is_err());
    }

    #[test]
    fn the_tail_of_stderr_is_its_last_five_lines() {
        let directory = ProfileDir::create(&Identity::Own).expect("a directory");
        assert_eq!(directory.stderr_tail(), "no output on stderr");

        directory.stderr().and_then(|mut stderr| stderr.write_all(b"1\n2\n3\n\n4\n5\n6\n")).expect("written");

        assert_eq!(directory.stderr_tail(), "2 | 3 | 4 | 5 | 6");
    }
}
