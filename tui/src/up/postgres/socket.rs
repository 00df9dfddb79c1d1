//! The directory of the socket: `run` in the data directory. If that path would be too long
//! for a socket, `run` is a link to a directory in `/tmp`.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use crate::data_dir::DataDir;
use crate::up::program::RunAs;

/// The longest path of a socket on macOS. Linux allows 107 bytes.
const MAX_PATH_LENGTH: usize = 103;
/// The name of Postgres's socket.
const SOCKET_NAME: &str = ".s.PGSQL.5432";
/// The prefix of the directories in `/tmp`.
const TMP_PREFIX: &str = "tintype-";
/// The bytes of a path that are encoded in a URL.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// Creates the directory, replacing an existing one. Only its owner and root may enter it.
pub(super) fn create_dir(run_as: &RunAs, data_dir: &DataDir) -> io::Result<PathBuf> {
    remove_dir(data_dir);
    let run = data_dir.join("run");
    let dir = if run.as_os_str().len() + 1 + SOCKET_NAME.len() <= MAX_PATH_LENGTH {
        DirBuilder::new().mode(0o700).create(&run)?;
        run
    } else {
        let private = Permissions::from_mode(0o700);
        let short = tempfile::Builder::new().prefix(TMP_PREFIX).permissions(private).tempdir_in("/tmp")?.keep();
        symlink(&short, &run)?;
        short
    };
    run_as.chown(&dir)?;
    Ok(dir)
}

/// Removes the directory, including one that an earlier run left behind. Errors are ignored
/// here: if they persist, the next [`create_dir`] reports them.
pub(crate) fn remove_dir(data_dir: &DataDir) {
    let run = data_dir.join("run");
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
    let has_prefix = short.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(TMP_PREFIX.as_bytes()));
    has_prefix && short.parent() == Some(Path::new("/tmp"))
}

/// Returns the URL of the database on the socket. It sets everything that the environment
/// (`PGPORT`, `PGSSLMODE`) could otherwise change.
pub(super) fn database_url(socket_dir: &Path) -> String {
    let host = percent_encode(socket_dir.as_os_str().as_encoded_bytes(), ENCODED);
    format!("postgres://postgres@localhost:5432/postgres?host={host}&sslmode=disable")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::database_url;

    #[test]
    fn any_path_can_be_part_of_the_url() {
        let url = database_url(Path::new("/home/b&b/my data/run"));

        assert_eq!(
            url,
            "postgres://postgres@localhost:5432/postgres?host=%2Fhome%2Fb%26b%2Fmy%20data%2Frun&sslmode=disable"
        );
    }
}
