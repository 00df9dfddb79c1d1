//! Finding a browser's binary.

use std::path::{Path, PathBuf};

/// Where browsers are usually installed, the preferred first. Debian's wrapper scripts
/// are passed over: killing one would orphan the browser that it started.
const PLACES: [&str; 9] = [
    "/usr/lib/chromium/chromium-headless-shell",
    "/usr/lib/chromium/headless_shell",
    "/opt/chrome-headless-shell/chrome-headless-shell",
    "/usr/lib/chromium/chromium",
    "/usr/lib64/chromium-browser/chromium-browser",
    "/opt/google/chrome/chrome",
    "/usr/bin/chromium",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// A browser that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binary {
    pub(crate) path: PathBuf,
    pub(crate) kind: Kind,
}

/// What must be said to a browser for it to show no window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing: it has none.
    HeadlessShell,
    /// That it shall not.
    Full,
}

/// There is no browser where one was looked for.
#[derive(Debug, thiserror::Error)]
pub enum NoBinary {
    /// What was configured does not exist: correct it.
    #[error("there is no browser at {0}, which TINTYPE_CHROMIUM names")]
    Named(PathBuf),
    /// Install one.
    #[error("no browser found: install chromium-headless-shell, or set TINTYPE_CHROMIUM to a browser's binary")]
    Nowhere,
}

/// Finds the browser that was named, or else the first that is installed.
pub(crate) fn find(named: Option<&Path>) -> Result<Binary, NoBinary> {
    match named {
        Some(path) if path.is_file() => Ok(Binary::at(path)),
        Some(path) => Err(NoBinary::Named(path.to_owned())),
        None => PLACES.map(Path::new).into_iter().find(|path| path.is_file()).map(Binary::at).ok_or(NoBinary::Nowhere),
    }
}

impl Binary {
    fn at(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().replace('_', "-");
        let kind = if name.contains("headless-shell") { Kind::HeadlessShell } else { Kind::Full };
        Self { path: path.to_owned(), kind }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Binary, Kind, NoBinary, find};

    #[test]
    fn a_headless_shell_is_known_by_its_name() {
        for (path, kind) in [
            ("/usr/lib/chromium/chromium-headless-shell", Kind::HeadlessShell),
            ("/opt/headless_shell", Kind::HeadlessShell),
            ("/opt/headless-shell/chrome", Kind::Full),
            ("/usr/bin/chromium", Kind::Full),
        ] {
            assert_eq!(Binary::at(Path::new(path)).kind, kind, "{path}");
        }
    }

    #[test]
    fn a_named_browser_that_is_not_there_is_not_replaced_by_another() {
        assert!(matches!(find(Some(Path::new("/nowhere/chromium"))), Err(NoBinary::Named(_))));
    }
}
