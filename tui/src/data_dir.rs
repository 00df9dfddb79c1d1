//! The data directory of `tintype up`, and the small files in it.
//!
//! ```text
//! pg-15/             the database cluster, one directory per major version of Postgres
//! run/               its socket (or a link to it, if the path would be too long for a socket)
//! log/               the output of the child processes
//! demo-key           the key of the demo account
//! demo-key-external  the same for a database outside this directory
//! secret-key         the key that seals the secrets of jobs
//! database-url       the URL of the database, while `tintype up` runs
//! ```

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::{Uid, geteuid};

/// The file with the URL of the database.
pub(crate) const DATABASE_URL_FILE: &str = "database-url";
/// The file with the demo account's key.
pub(crate) const DEMO_KEY_FILE: &str = "demo-key";
/// The file with the demo account's key in a database given by `DATABASE_URL`.
pub(crate) const EXTERNAL_DEMO_KEY_FILE: &str = "demo-key-external";
/// The file with the key that seals the secrets of jobs.
pub(crate) const SECRET_KEY_FILE: &str = "secret-key";
/// The default directory for root.
const ROOT_DEFAULT: &str = "/var/lib/tintype";
/// The default directory for other users, in their current directory.
const USER_DEFAULT: &str = ".tintype";

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataDirError {
    /// Choose a writable directory.
    #[error("{0} cannot be used; choose another data directory with --data")]
    Unusable(PathBuf, #[source] io::Error),
    /// Run as its owner, or choose another directory.
    #[error("{0} belongs to another user (uid {1}); run as that user, or choose another data directory with --data")]
    OtherOwner(PathBuf, u32),
    /// Stop the other process, or choose another directory.
    #[error("another `tintype up` is using {0}; stop it first, or choose another data directory with --data")]
    InUse(PathBuf),
}

/// Returns the absolute path of the directory: the given one, or the default.
pub(crate) fn locate(path: Option<&Path>) -> Result<PathBuf, DataDirError> {
    let path = match path {
        Some(path) => path,
        None if geteuid().is_root() => Path::new(ROOT_DEFAULT),
        None => Path::new(USER_DEFAULT),
    };
    std::path::absolute(path).map_err(|error| DataDirError::Unusable(path.to_owned(), error))
}

/// Whether commands use this directory by default in every current directory.
pub(crate) fn is_global_default(path: &Path) -> bool {
    geteuid().is_root() && fs::canonicalize(ROOT_DEFAULT).is_ok_and(|default| default == path)
}

/// A data directory that no other `tintype up` can open while this value exists.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    /// The lock is on the directory itself: the kernel releases it even after `kill -9`.
    _lock: File,
}

impl DataDir {
    /// Opens and locks the directory, after creating it if it does not exist.
    pub(crate) fn open(path: &Path) -> Result<Self, DataDirError> {
        let unusable = |error| DataDirError::Unusable(path.to_owned(), error);
        create(path).map_err(unusable)?;
        let path = fs::canonicalize(path).map_err(unusable)?;
        let lock = File::open(&path).map_err(unusable)?;
        let owner = lock.metadata().map_err(unusable)?.uid();
        if Uid::from_raw(owner) != geteuid() {
            return Err(DataDirError::OtherOwner(path, owner));
        }
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(DataDirError::InUse(path)),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The path of an entry.
    pub(crate) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file that only its owner may read, atomically.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<(), DataDirError> {
        let (file, part) = (self.join(name), self.join(format!("{name}.part")));
        let write = || {
            let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
            writeln!(out, "{text}")?;
            fs::rename(&part, &file)
        };
        write().map_err(|error| DataDirError::Unusable(file.clone(), error))
    }

    /// Creates a subdirectory that only its owner may enter.
    pub(crate) fn create_private(&self, name: &str) -> Result<PathBuf, DataDirError> {
        let path = self.join(name);
        let create = || {
            DirBuilder::new().recursive(true).create(&path)?;
            fs::set_permissions(&path, Permissions::from_mode(0o700))
        };
        create().map_err(|error| DataDirError::Unusable(path.clone(), error))?;
        Ok(path)
    }
}

/// Creates the directory if it does not exist. Root's may be traversed by others, because
/// Postgres runs as another user, but not listed.
fn create(path: &Path) -> io::Result<()> {
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
