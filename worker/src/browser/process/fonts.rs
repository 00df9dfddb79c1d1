//! The operator's own fonts: a folder that browsers see besides the fonts of the system.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::identity::Identity;
use super::temp_dir::{is_accessible, may_read};

/// The configuration that browsers' fontconfig reads unless the worker's environment names one.
const SYSTEM_CONFIG: &str = "fonts.conf";

/// A folder of fonts that browsers can read.
#[derive(Debug, Clone)]
pub(in crate::browser) struct FontsDir {
    path: String,
}

/// The folder of fonts is not usable.
#[derive(Debug, thiserror::Error)]
pub enum FontsError {
    /// Create it, or correct the path.
    #[error("TINTYPE_FONTS: {0} is not a folder ({1}): create it, or correct the path")]
    Missing(PathBuf, io::Error),
    /// Let the browsers' user read it.
    #[error("TINTYPE_FONTS: the browsers' user cannot read {0}: chmod a+rX it and the folders above it")]
    Unreadable(PathBuf),
    /// Rename it.
    #[error("TINTYPE_FONTS: the path {0} is not UTF-8: rename the folder")]
    NotUnicode(PathBuf),
}

impl FontsDir {
    /// Checks that a folder and the files in it can be read by the user that browsers run as.
    pub(in crate::browser) fn open(path: &Path, identity: &Identity) -> Result<Self, FontsError> {
        let missing = |error| FontsError::Missing(path.to_owned(), error);
        let path = path.canonicalize().map_err(missing)?;
        if let Identity::Other { uid, gid } = identity {
            let user = (uid.as_raw(), gid.as_raw());
            if !is_accessible(&path, user.0, user.1) && path.is_dir() {
                return Err(FontsError::Unreadable(path));
            }
        }
        let entries = std::fs::read_dir(&path).map_err(|error| {
            let denied = error.kind() == io::ErrorKind::PermissionDenied;
            if denied { FontsError::Unreadable(path.clone()) } else { FontsError::Missing(path.clone(), error) }
        })?;
        for entry in [path.clone()].into_iter().chain(entries.flatten().map(|entry| entry.path())) {
            if !is_readable(&entry, identity) {
                return Err(FontsError::Unreadable(entry));
            }
        }
        let path = path.into_os_string().into_string().map_err(|path| FontsError::NotUnicode(path.into()))?;
        Ok(Self { path })
    }

    /// Writes the configuration that adds the folder to the fonts of the system.
    pub(super) fn write_config(&self, file: &Path) -> io::Result<()> {
        let system = std::env::var("FONTCONFIG_FILE").ok().filter(|file| !file.is_empty());
        let system = escape(system.as_deref().unwrap_or(SYSTEM_CONFIG));
        let config = format!(
            "<?xml version=\"1.0\"?>\n<!DOCTYPE fontconfig SYSTEM \"fonts.dtd\">\n\
             <fontconfig><include>{system}</include><dir>{}</dir></fontconfig>\n",
            escape(&self.path)
        );
        std::fs::write(file, config)?;
        std::fs::set_permissions(file, Permissions::from_mode(0o644))
    }
}

fn is_readable(path: &Path, identity: &Identity) -> bool {
    match identity {
        Identity::Own => std::fs::File::open(path).is_ok(),
        Identity::Other { uid, gid } => path
            .metadata()
            .is_ok_and(|meta| may_read(meta.mode(), (meta.uid(), meta.gid()), (uid.as_raw(), gid.as_raw()))),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use nix::unistd::{Gid, Uid};

    use super::{FontsDir, FontsError, Identity};

    const NOBODY: Identity = Identity::Other { uid: Uid::from_raw(65534), gid: Gid::from_raw(65534) };

    #[test]
    fn a_folder_that_is_missing_or_unreadable_is_rejected_with_its_path() {
        let temp = tempfile::tempdir().expect("a directory");
        set_permissions(temp.path(), Permissions::from_mode(0o755)).expect("ours");
        let font = temp.path().join("font.ttf");
        std::fs::write(&font, "").expect("a file");
        let open = |path: &Path| FontsDir::open(path, &NOBODY);

        set_permissions(&font, Permissions::from_mode(0o644)).expect("ours");
        assert!(open(temp.path()).is_ok());
        assert!(matches!(open(&font), Err(FontsError::Missing(..))), "a file is not a folder");
        assert!(matches!(open(&temp.path().join("none")), Err(FontsError::Missing(..))));
        set_permissions(&font, Permissions::from_mode(0o600)).expect("ours");
        assert!(matches!(open(temp.path()), Err(FontsError::Unreadable(path)) if path.ends_with("font.ttf")));
        set_permissions(temp.path(), Permissions::from_mode(0o700)).expect("ours");
        assert!(matches!(open(temp.path()), Err(FontsError::Unreadable(_))));
    }
}
