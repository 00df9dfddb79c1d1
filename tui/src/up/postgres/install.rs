//! The installation of Postgres: found on this machine, never downloaded.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::data_dir::DataDir;

/// The oldest major version that the schema supports.
const MIN_VERSION: u32 = 15;
/// The end of the range of versions whose data is looked for.
const MAX_VERSION: u32 = MIN_VERSION + 50;

/// Directories with one entry per version, which has the programs in its `bin`: of Debian, Red
/// Hat (`/usr/pgsql-17`), Homebrew and Postgres.app.
const INSTALL_ROOTS: [&str; 6] = [
    "/usr/lib/postgresql",
    "/usr",
    "/opt/homebrew/opt",
    "/usr/local/opt",
    "/home/linuxbrew/.linuxbrew/opt",
    "/Applications/Postgres.app/Contents/Versions",
];

/// Why there is no installation to use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InstallError {
    /// Install Postgres, or name a database.
    #[error(
        "no PostgreSQL server of version {MIN_VERSION} or later is installed: install one with ./bootstrap, set PG_BIN_DIR \
         to the directory of its programs, or set DATABASE_URL to use another database"
    )]
    NotFound,
    /// Install that version, or choose another directory.
    #[error(
        "{0} contains the data of PostgreSQL {1}, which is not installed: install it, or choose another data directory with --data"
    )]
    OtherVersion(PathBuf, u32),
}

/// An installed server.
#[derive(Debug)]
pub(super) struct Install {
    /// The directory of its programs.
    pub(super) bin_dir: PathBuf,
    /// Its major version. Another major version cannot read its data.
    pub(super) major_version: u32,
}

impl Install {
    /// The name of the directory of its cluster.
    pub(super) fn cluster_name(&self) -> String {
        cluster_name(self.major_version)
    }

    /// Returns the server in a directory. Only servers come with `initdb`.
    fn in_dir(bin_dir: PathBuf) -> Option<Self> {
        let program = bin_dir.join("postgres");
        if !program.is_file() || !bin_dir.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(program).arg("--version").output().ok()?.stdout;
        let major_version = major_version(&String::from_utf8_lossy(&output))?;
        (major_version >= MIN_VERSION).then_some(Self { bin_dir, major_version })
    }
}

fn cluster_name(major_version: u32) -> String {
    format!("pg-{major_version}")
}

/// Chooses the server whose data exists, or the newest one if there is no data.
pub(super) fn choose(data_dir: &DataDir) -> Result<Install, InstallError> {
    let mut installs: Vec<Install> = candidates().into_iter().filter_map(Install::in_dir).collect();
    installs.sort_by_key(|install| std::cmp::Reverse(install.major_version));
    let has_data = |version: u32| data_dir.join(cluster_name(version)).is_dir();
    let with_data = installs.iter().position(|install| has_data(install.major_version));
    let data_version = (MIN_VERSION..MAX_VERSION).find(|version| has_data(*version));
    match (with_data, data_version) {
        (None, Some(version)) => Err(InstallError::OtherVersion(data_dir.path().to_owned(), version)),
        (with_data, _) if !installs.is_empty() => Ok(installs.swap_remove(with_data.unwrap_or(0))),
        _ => Err(InstallError::NotFound),
    }
}

/// The directories that may contain the programs. If `PG_BIN_DIR` is set, only that one.
fn candidates() -> Vec<PathBuf> {
    if let Some(dir) = env::var_os("PG_BIN_DIR").filter(|dir| !dir.is_empty()) {
        return vec![dir.into()];
    }
    let pg_config = Command::new("pg_config").arg("--bindir").output();
    let pg_config = pg_config.into_iter().map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let versions = INSTALL_ROOTS.iter().flat_map(|root| entries(Path::new(root))).map(|version| version.join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    pg_config.chain(versions).chain(env::split_paths(&path)).collect()
}

fn entries(dir: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(dir).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()))
}

/// Parses the major version in `postgres (PostgreSQL) 15.18 (Debian …)`.
fn major_version(output: &str) -> Option<u32> {
    let version = output.split_whitespace().find(|word| word.starts_with(|letter: char| letter.is_ascii_digit()))?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major_version;

    #[test]
    fn the_major_version_is_parsed() {
        for (output, expected) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", Some(15)),
            ("postgres (PostgreSQL) 18beta1", Some(18)),
            ("", None),
        ] {
            assert_eq!(major_version(output), expected);
        }
    }
}
