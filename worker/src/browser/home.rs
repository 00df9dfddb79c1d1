//! The private directory of a browser, which is gone when its owner is.

use std::fs::{File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::user::Identity;

/// What the name of every browser's directory begins with.
const PREFIX: &str = "tintype-browser-";

/// A directory that only the browser's user may enter. It is removed when dropped.
#[derive(Debug)]
pub(super) struct Home {
    directory: TempDir,
    /// Says that the owner lives: the lock ends with its process, however that ends.
    _lock: File,
}

impl Home {
    /// Makes a directory.
    pub(super) fn make(identity: &Identity) -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix(PREFIX).permissions(Permissions::from_mode(0o700)).tempdir()?;
        let lock = File::create(lock_file(directory.path()))?;
        lock.lock()?;
        if let Identity::Other { uid, gid } = identity {
            chown(directory.path(), Some(uid.as_raw()), Some(gid.as_raw()))?;
        }
        Ok(Self { directory, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }
}

/// Removes the directories of workers that were killed and could not do so themselves.
///
/// Others' are left alone, and so is what cannot be read or removed.
pub(crate) fn sweep() {
    let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten() {
        let abandoned = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && File::open(lock_file(&entry.path())).is_ok_and(|lock| is_free(&lock));
        if abandoned {
            let _best_effort = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn is_free(lock: &File) -> bool {
    match lock.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}

fn lock_file(home: &Path) -> PathBuf {
    home.join("lock")
}

#[cfg(test)]
mod tests {
    use super::{Home, PREFIX, lock_file, sweep};
    use crate::browser::Identity;

    #[test]
    fn only_what_nobody_holds_is_swept() {
        let held = Home::make(&Identity::Own).expect("a directory");
        let abandoned = tempfile::Builder::new().prefix(PREFIX).tempdir().expect("a directory");
        std::fs::write(lock_file(abandoned.path()), "").expect("a lock that nobody holds");

        sweep();

        assert!(held.path().exists());
        assert!(!abandoned.path().exists());
    }
}
