//! Access: whether the user that Postgres runs as can reach a directory.

use std::io;
use std::path::{Path, PathBuf};

use crate::up::program::{RunAs, may_enter};

/// Which other directory can be chosen.
#[derive(Debug, Clone, Copy, strum::Display)]
pub(crate) enum Remedy {
    /// The data directory.
    #[strum(to_string = "another data directory with --data")]
    OtherDataDir,
    /// The directory of Postgres's programs.
    #[strum(to_string = "other programs with PG_BIN_DIR")]
    OtherPrograms,
}

/// Why Postgres cannot reach a directory.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccessError {
    /// Change its permissions, or choose another directory.
    #[error(
        "started by root, Postgres runs as the user `postgres`, who may not enter {0}: choose {1}, or allow it to enter (chmod o+x)"
    )]
    Denied(PathBuf, Remedy),
    /// See the operating system's own message.
    #[error("the permissions of {0} cannot be checked")]
    Io(PathBuf, #[source] io::Error),
}

/// Checks every directory on the path, from the root, and reports the first one that the user
/// may not enter.
pub(super) async fn check(run_as: &RunAs, dir: &Path, remedy: Remedy) -> Result<(), AccessError> {
    if matches!(run_as, RunAs::CurrentUser) {
        return Ok(());
    }
    let mut ancestors: Vec<&Path> = dir.ancestors().collect();
    ancestors.reverse();
    for ancestor in ancestors {
        match may_enter(run_as, ancestor).await {
            Ok(true) => (),
            Ok(false) => return Err(AccessError::Denied(ancestor.to_owned(), remedy)),
            Err(error) => return Err(AccessError::Io(ancestor.to_owned(), error)),
        }
    }
    Ok(())
}
