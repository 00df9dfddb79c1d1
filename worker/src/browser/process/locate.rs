//! Locating a browser's binary.

use std::path::{Path, PathBuf};

/// Where browsers are usually installed, in order of preference. Debian's wrapper scripts are
/// excluded: killing one would orphan the browser that it started.
const INSTALL_PATHS: [&str; 9] = [
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

/// An installed browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binary {
    pub(crate) path: PathBuf,
    pub(crate) kind: BinaryKind,
}

/// Whether a browser needs a flag to run without a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BinaryKind {
    /// `chrome-headless-shell`, which never opens one.
    HeadlessShell,
    /// Chromium or Chrome, which needs `--headless=new`.
    Full,
}

/// There is no browser.
#[derive(Debug, thiserror::Error)]
pub enum BinaryNotFound {
    /// The configured path is not a file. Correct it.
    #[error("there is no browser at {0}, the path in TINTYPE_CHROMIUM")]
    Configured(PathBuf),
    /// Install a browser.
    #[error("no browser found: install chromium-headless-shell, or set TINTYPE_CHROMIUM to a browser's binary")]
    NotInstalled,
}

/// Returns the configured browser, or else the first one that is installed.
pub(crate) fn locate(configured: Option<&Path>) -> Result<Binary, BinaryNotFound> {
    match configured {
        Some(path) if path.is_file() => Ok(Binary::at(path)),
        Some(path) => Err(BinaryNotFound::Configured(path.to_owned())),
        None => {
            let installed = INSTALL_PATHS.map(Path::new).into_iter().find(|path| path.is_file());
            installed.map(Binary::at).ok_or(BinaryNotFound::NotInstalled)
        }
    }
}

impl Binary {
    fn at(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().replace('_', "-");
        let kind = if name.contains("headless-shell") { BinaryKind::HeadlessShell } else { BinaryKind::Full };
        Self { path: path.to_owned(), kind }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Binary, BinaryKind, BinaryNotFound, locate};

    #[test]
    fn a_headless_shell_is_recognised_by_its_file_name() {
        for (path, kind) in [
            ("/usr/lib/chromium/chromium-headless-shell", BinaryKind::HeadlessShell),
            ("/opt/headless_shell", BinaryKind::HeadlessShell),
            ("/opt/headless-shell/chrome", BinaryKind::Full),
            ("/usr/bin/chromium", BinaryKind::Full),
        ] {
            assert_eq!(Binary::at(Path::new(path)).kind, kind, "{path}");
        }
    }

    #[test]
    fn a_missing_configured_browser_is_not_replaced_by_an_installed_one() {
        assert!(matches!(locate(Some(Path::new("/nowhere/chromium"))), Err(BinaryNotFound::Configured(_))));
    }
}
