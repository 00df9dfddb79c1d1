//! The server's programs: found on this machine, never downloaded.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::PostgresError;
use crate::folder::Folder;

/// The oldest version that the schema works on.
pub(super) const OLDEST: u32 = 15;

/// Where systems keep a folder per version, with the programs in its `bin`: Debian, Red
/// Hat (`/usr/pgsql-17`), Homebrew, Postgres.app.
const FAMILIES: [&str; 6] = [
    "/usr/lib/postgresql",
    "/usr",
    "/opt/homebrew/opt",
    "/usr/local/opt",
    "/home/linuxbrew/.linuxbrew/opt",
    "/Applications/Postgres.app/Contents/Versions",
];

/// An installed server.
#[derive(Debug)]
pub(super) struct Server {
    /// Where its programs are.
    pub(super) bin: PathBuf,
    /// Its major version. Data belongs to one.
    pub(super) major: u32,
}

impl Server {
    /// The name of the folder of its data.
    pub(super) fn cluster(&self) -> String {
        format!("pg-{}", self.major)
    }

    /// The server in a folder of programs. `initdb` comes with servers only.
    fn in_folder(bin: PathBuf) -> Option<Self> {
        let program = bin.join("postgres");
        if !program.is_file() || !bin.join("initdb").is_file() {
            return None;
        }
        let said = Command::new(program).arg("--version").output().ok()?.stdout;
        let major = major(&String::from_utf8_lossy(&said))?;
        (major >= OLDEST).then_some(Self { bin, major })
    }
}

/// Chooses the server of the data that is there; for new data, the newest.
pub(super) fn choose(folder: &Folder) -> Result<Server, PostgresError> {
    let mut servers: Vec<Server> = places().into_iter().filter_map(Server::in_folder).collect();
    servers.sort_by_key(|server| std::cmp::Reverse(server.major));
    let fitting = servers.iter().position(|server| folder.join(server.cluster()).is_dir());
    let orphaned = (OLDEST..OLDEST + 50).find(|major| folder.join(format!("pg-{major}")).is_dir());
    match (fitting, orphaned) {
        (None, Some(major)) => Err(PostgresError::OtherVersion(folder.path().to_owned(), major)),
        (fitting, _) if !servers.is_empty() => Ok(servers.swap_remove(fitting.unwrap_or(0))),
        _ => Err(PostgresError::NotInstalled),
    }
}

/// Where programs may be. `PG_BIN_DIR`, where it is set, is the only place.
fn places() -> Vec<PathBuf> {
    if let Some(named) = env::var_os("PG_BIN_DIR").filter(|named| !named.is_empty()) {
        return vec![named.into()];
    }
    let told = Command::new("pg_config").arg("--bindir").output();
    let told = told.into_iter().map(|told| PathBuf::from(String::from_utf8_lossy(&told.stdout).trim()));
    let families = FAMILIES.iter().flat_map(|family| members(Path::new(family))).map(|version| version.join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    told.chain(families).chain(env::split_paths(&path)).collect()
}

fn members(family: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(family).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()))
}

/// The major version, from `postgres (PostgreSQL) 15.18 (Debian …)`.
fn major(said: &str) -> Option<u32> {
    let version = said.split_whitespace().find(|word| word.starts_with(|letter: char| letter.is_ascii_digit()))?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_read_from_what_the_program_says() {
        for (said, expected) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", Some(15)),
            ("postgres (PostgreSQL) 18beta1", Some(18)),
            ("", None),
        ] {
            assert_eq!(major(said), expected);
        }
    }
}
