//! Programs: what a child runs, as which user, and the signal it gets when this process dies.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::{env, fmt, fs, io};

use nix::unistd::{Gid, Uid, User, geteuid};
use tokio::process::Command;

/// The variables that a program with [`Environment::Minimal`] inherits.
const MINIMAL_ENVIRONMENT: [&str; 4] = ["PATH", "LD_LIBRARY_PATH", "TZ", "TMPDIR"];

/// Why a program cannot be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramError {
    /// Build it.
    #[error("{0} is neither next to {1} nor on PATH; build it with `cargo build --workspace`")]
    NotFound(&'static str, PathBuf),
    /// Create the user, or run as another user than root.
    #[error(
        "Postgres cannot run as root, and there is no user `postgres` to run it as: create that user, or run as an ordinary user"
    )]
    NoPostgresUser,
}

/// Finds one of our own programs: next to this one, or on PATH.
pub(crate) fn find(name: &'static str) -> Result<PathBuf, ProgramError> {
    let current_exe = env::current_exe().unwrap_or_default();
    let sibling_dir = current_exe.parent().map(Path::to_owned);
    let path = env::var_os("PATH").unwrap_or_default();
    sibling_dir
        .into_iter()
        .chain(env::split_paths(&path))
        .map(|dir| dir.join(name))
        .find(|file| fs::metadata(file).is_ok_and(|metadata| metadata.is_file()))
        .ok_or(ProgramError::NotFound(name, current_exe))
}

/// The user that a program runs as.
#[derive(Debug, Clone)]
pub(crate) enum RunAs {
    /// The user of this process.
    CurrentUser,
    /// Another user; this takes root.
    Other(Uid, Gid),
}

impl RunAs {
    /// The user for Postgres, which cannot run as root.
    pub(crate) fn for_postgres() -> Result<Self, ProgramError> {
        if !geteuid().is_root() {
            return Ok(Self::CurrentUser);
        }
        let user = User::from_name("postgres").ok().flatten().ok_or(ProgramError::NoPostgresUser)?;
        Ok(Self::Other(user.uid, user.gid))
    }

    /// Makes the user the owner of a directory.
    pub(crate) fn chown(&self, dir: &Path) -> io::Result<()> {
        match self {
            Self::CurrentUser => Ok(()),
            Self::Other(uid, gid) => std::os::unix::fs::chown(dir, Some(uid.as_raw()), Some(gid.as_raw())),
        }
    }
}

/// An environment variable: its name and its value.
pub(crate) type Variable = (&'static str, OsString);

/// The environment variables of a program. Their values may be secret, so they are not printed.
#[derive(Clone)]
pub(crate) enum Environment {
    /// Those of this process, and these.
    Inherit(Vec<Variable>),
    /// Only what is needed to run, which includes no secret.
    Minimal,
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inherit(variables) => f.debug_list().entries(variables.iter().map(|(name, _)| name)).finish(),
            Self::Minimal => f.write_str("Minimal"),
        }
    }
}

/// A program, and how to run it.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// The executable.
    pub(crate) path: PathBuf,
    /// Its arguments.
    pub(crate) args: Vec<OsString>,
    /// Its environment variables.
    pub(crate) environment: Environment,
    /// The user that it runs as.
    pub(crate) run_as: RunAs,
    /// The signal that the kernel sends it when this process dies, even by `kill -9`.
    pub(crate) death_signal: &'static str,
}

impl Program {
    /// Returns the command that runs the program, in a process group of its own, so that the
    /// terminal's Ctrl-C reaches only this process.
    ///
    /// On Linux it runs through `setpriv`, which replaces itself with the program, so the
    /// child's pid is that of the program. On other systems, nothing ends the child when this
    /// process is killed.
    pub(crate) fn command(&self) -> Command {
        let mut command = if cfg!(target_os = "linux") { self.setpriv() } else { self.direct() };
        command.args(&self.args).process_group(0).stdin(Stdio::null()).kill_on_drop(true);
        match &self.environment {
            Environment::Inherit(added) => command.envs(added.iter().map(|(name, value)| (name, value))),
            Environment::Minimal => {
                let inherited = MINIMAL_ENVIRONMENT.into_iter().filter_map(|name| Some((name, env::var_os(name)?)));
                command.env_clear().envs(inherited).env("LC_ALL", "C").current_dir("/")
            }
        };
        command
    }

    fn setpriv(&self) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", self.death_signal]);
        if let RunAs::Other(uid, gid) = &self.run_as {
            command.args(["--reuid", &uid.to_string(), "--regid", &gid.to_string(), "--init-groups"]);
        }
        command.arg("--").arg(&self.path);
        command
    }

    fn direct(&self) -> Command {
        let mut command = Command::new(&self.path);
        if let RunAs::Other(uid, gid) = &self.run_as {
            command.uid(uid.as_raw()).gid(gid.as_raw());
        }
        command
    }
}

/// Whether the user may enter the directory. The kernel decides (through `test -x`), so that
/// access control lists are respected.
pub(crate) async fn may_enter(run_as: &RunAs, dir: &Path) -> io::Result<bool> {
    let test = Program {
        path: "test".into(),
        args: vec![OsString::from("-x"), dir.into()],
        environment: Environment::Minimal,
        run_as: run_as.clone(),
        death_signal: "KILL",
    };
    Ok(test.command().status().await?.success())
}

/// Converts words to arguments.
pub(crate) fn args<const N: usize>(words: &[impl AsRef<OsStr>; N]) -> Vec<OsString> {
    words.iter().map(|word| word.as_ref().to_owned()).collect()
}
