//! The socket's folder: `run` in the data folder, or behind a link of that name, where
//! the path would be too long for a socket.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::folder::Folder;
use crate::up::program::Owner;

/// The longest path of a socket that Linux takes; macOS takes three bytes less.
const LONGEST: usize = 104;
/// What Postgres calls its socket.
const NAME: &str = ".s.PGSQL.5432";
/// How the folders behind links are named.
const PREFIX: &str = "tintype-";

/// Makes the folder anew. Only the owner can enter it (and root).
pub(super) fn make(owner: &Owner, folder: &Folder) -> io::Result<PathBuf> {
    clear(folder);
    let run = folder.join("run");
    let path = if run.as_os_str().len() + 1 + NAME.len() < LONGEST {
        DirBuilder::new().mode(0o700).create(&run)?;
        run
    } else {
        let ours = Permissions::from_mode(0o700);
        let short = tempfile::Builder::new().prefix(PREFIX).permissions(ours).tempdir_in("/tmp")?.keep();
        symlink(&short, &run)?;
        short
    };
    owner.give(&path)?;
    Ok(path)
}

/// Removes the folder, also one that was left behind. What cannot be removed is found
/// by the next [`make`].
pub(crate) fn clear(folder: &Folder) {
    let run = folder.join("run");
    if let Ok(short) = fs::read_link(&run) {
        if is_ours(&short) {
            let _ = fs::remove_dir_all(&short);
        }
        let _ = fs::remove_file(&run);
    } else {
        let _ = fs::remove_dir_all(&run);
    }
}

fn is_ours(short: &Path) -> bool {
    let named = short.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(PREFIX.as_bytes()));
    named && short.parent() == Some(Path::new("/tmp"))
}
