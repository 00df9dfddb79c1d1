//! The directory for temporary files in which browsers' directories are created.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::identity::Identity;

/// The fallback that every user can access.
const SHARED: &str = "/tmp";

/// Returns the directory for temporary files that the browser's user can access. The worker's
/// own may be accessible to root only.
pub(super) fn temp_dir(identity: &Identity) -> io::Result<PathBuf> {
    let own = std::env::temp_dir();
    let Identity::Other { uid, gid } = identity else { return Ok(own) };
    [own.as_path(), Path::new(SHARED)]
        .into_iter()
        .find(|dir| is_accessible(dir, uid.as_raw(), gid.as_raw()))
        .map(Path::to_owned)
        .ok_or_else(|| {
            let message = format!("user {uid} cannot access {} (set TMPDIR) or {SHARED}", own.display());
            io::Error::new(io::ErrorKind::PermissionDenied, message)
        })
}

/// Whether a user may search every directory on a path.
pub(super) fn is_accessible(path: &Path, uid: u32, gid: u32) -> bool {
    path.canonicalize().is_ok_and(|path| {
        path.ancestors().all(|dir| {
            dir.metadata()
                .is_ok_and(|meta| meta.is_dir() && may_search(meta.mode(), (meta.uid(), meta.gid()), (uid, gid)))
        })
    })
}

/// Whether a directory with this mode, owner and group may be searched by a user.
fn may_search(mode: u32, owner: (u32, u32), user: (u32, u32)) -> bool {
    mode & class(owner, user, 0o1) != 0
}

/// Whether a file with this mode, owner and group may be read by a user.
pub(super) fn may_read(mode: u32, owner: (u32, u32), user: (u32, u32)) -> bool {
    mode & class(owner, user, 0o4) != 0
}

/// Returns the bit of the user's class: owner, group or others.
fn class(owner: (u32, u32), user: (u32, u32), bit: u32) -> u32 {
    match user {
        (uid, _) if uid == owner.0 => bit << 6,
        (_, gid) if gid == owner.1 => bit << 3,
        _ => bit,
    }
}

#[cfg(test)]
mod tests {
    use super::may_search;

    #[test]
    fn the_execute_bit_of_the_users_class_decides_who_may_search_a_directory() {
        for (mode, owner, expected) in [
            (0o041_777, (0, 0), true),
            (0o040_711, (0, 0), true),
            (0o040_700, (0, 0), false),
            (0o040_700, (9, 0), true),
            (0o040_710, (0, 9), true),
            (0o040_701, (0, 9), false),
        ] {
            assert_eq!(may_search(mode, owner, (9, 9)), expected, "{mode:o} {owner:?}");
        }
    }
}
