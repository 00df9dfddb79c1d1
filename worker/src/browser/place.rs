//! Where browsers' directories are made.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::user::Identity;

/// What is there for everybody, wherever the worker's own temporary files are.
const COMMON: &str = "/tmp";

/// Finds the place for temporary files that a browser can get to: a worker that is root
/// may have one to itself.
pub(super) fn place(identity: &Identity) -> io::Result<PathBuf> {
    let own = std::env::temp_dir();
    let Identity::Other { uid, gid } = identity else { return Ok(own) };
    [own.as_path(), Path::new(COMMON)]
        .into_iter()
        .find(|place| reaches(place, uid.as_raw(), gid.as_raw()))
        .map(Path::to_owned)
        .ok_or_else(|| {
            let message = format!("user {uid} cannot get to {} (set TMPDIR), nor to {COMMON}", own.display());
            io::Error::new(io::ErrorKind::PermissionDenied, message)
        })
}

/// Whether a user may pass through all of a path's directories.
fn reaches(place: &Path, uid: u32, gid: u32) -> bool {
    place.canonicalize().is_ok_and(|place| {
        place.ancestors().all(|step| {
            step.metadata().is_ok_and(|met| met.is_dir() && passes(met.mode(), (met.uid(), met.gid()), (uid, gid)))
        })
    })
}

/// Whether a directory of this mode and these owners lets a user pass.
fn passes(mode: u32, owners: (u32, u32), user: (u32, u32)) -> bool {
    let execute = match user {
        (uid, _) if uid == owners.0 => 0o100,
        (_, gid) if gid == owners.1 => 0o010,
        _ => 0o001,
    };
    mode & execute != 0
}

#[cfg(test)]
mod tests {
    use super::passes;

    #[test]
    fn a_directory_lets_pass_whom_its_mode_says() {
        for (mode, owners, expected) in [
            (0o041_777, (0, 0), true),
            (0o040_711, (0, 0), true),
            (0o040_700, (0, 0), false),
            (0o040_700, (9, 0), true),
            (0o040_710, (0, 9), true),
            (0o040_701, (0, 9), false),
        ] {
            assert_eq!(passes(mode, owners, (9, 9)), expected, "{mode:o} {owners:?}");
        }
    }
}
