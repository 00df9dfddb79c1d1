//! The data folder of `tintype up`, and the small files in it.
//!
//! ```text
//! pg-15/             the database, one folder per major version of Postgres
//! run/               its socket (or a link to it, where the path would be too long for one)
//! log/               what the children say
//! demo-key           the key of the demo account
//! demo-key-external  likewise, in a database that is not in this folder
//! database-url       where the database is, while `tintype up` runs
//! ```

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::{Uid, geteuid};

/// The file that tells where the database is.
pub(crate) const DATABASE_URL: &str = "database-url";
/// The file that keeps the demo account's key.
pub(crate) const DEMO_KEY: &str = "demo-key";
/// The file that keeps it while the database is one that was named.
pub(crate) const DEMO_KEY_EXTERNAL: &str = "demo-key-external";
/// Where root's data is.
const OF_ROOT: &str = "/var/lib/tintype";

/// Why the data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    /// Choose a folder that can be written.
    #[error("{0} cannot be used; choose another data folder with --data")]
    Unusable(PathBuf, #[source] io::Error),
    /// Run as its owner, or choose another.
    #[error("{0} belongs to another user (uid {1}); run as that user, or choose another data folder with --data")]
    Foreign(PathBuf, u32),
    /// Use the one that runs.
    #[error("another `tintype up` runs on {0}; stop that one first, or choose another data folder with --data")]
    InUse(PathBuf),
}

/// Where the data is: where it was said to be, else `.tintype`, or for root
/// `/var/lib/tintype`.
pub(crate) fn locate(given: Option<&Path>) -> Result<PathBuf, FolderError> {
    let path = match given {
        Some(path) => path,
        None if geteuid().is_root() => Path::new(OF_ROOT),
        None => Path::new(".tintype"),
    };
    std::path::absolute(path).map_err(|error| FolderError::Unusable(path.to_owned(), error))
}

/// Whether the folder is meant, from wherever, by who names none: that of root.
pub(crate) fn is_default_everywhere(folder: &Path) -> bool {
    geteuid().is_root() && fs::canonicalize(OF_ROOT).is_ok_and(|default| default == folder)
}

/// A data folder that is ours alone for as long as this lives.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// The folder itself is locked: nothing stale can be left, not even by `kill -9`.
    _lock: File,
}

impl Folder {
    /// Opens the folder, making it first where there is none, and locks it.
    pub(crate) fn open(path: &Path) -> Result<Self, FolderError> {
        let unusable = |error| FolderError::Unusable(path.to_owned(), error);
        make(path).map_err(unusable)?;
        let path = fs::canonicalize(path).map_err(unusable)?;
        let lock = File::open(&path).map_err(unusable)?;
        let owner = lock.metadata().map_err(unusable)?.uid();
        if Uid::from_raw(owner) != geteuid() {
            return Err(FolderError::Foreign(path, owner));
        }
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse(path)),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A file or folder in it.
    pub(crate) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file that only its owner may read, whole or not at all.
    pub(crate) fn keep(&self, name: &str, text: &str) -> Result<(), FolderError> {
        let (file, part) = (self.join(name), self.join(format!("{name}.part")));
        let write = || {
            let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
            writeln!(out, "{text}")?;
            fs::rename(&part, &file)
        };
        write().map_err(|error| FolderError::Unusable(file.clone(), error))
    }

    /// Makes a folder in it that only we may enter.
    pub(crate) fn private(&self, name: &str) -> Result<PathBuf, FolderError> {
        let path = self.join(name);
        let make = || {
            DirBuilder::new().recursive(true).create(&path)?;
            fs::set_permissions(&path, Permissions::from_mode(0o700))
        };
        make().map_err(|error| FolderError::Unusable(path.clone(), error))?;
        Ok(path)
    }
}

/// Makes the folder if there is none. Root's may be passed through, for Postgres's own
/// user has to, but not listed.
fn make(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mode = if geteuid().is_root() { 0o711 } else { 0o700 };
    match DirBuilder::new().mode(mode).create(path) {
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(mode)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}
