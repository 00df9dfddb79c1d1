//! Programs: what is run as a child, as whom, and how it dies with us.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::{env, fs, io};

use nix::unistd::{Gid, Uid, User, geteuid};
use tokio::process::Command;

/// Why a program cannot be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramError {
    /// Build it.
    #[error("{0} is neither next to {1} nor on PATH; build it with `cargo build --workspace`")]
    NotBuilt(&'static str, PathBuf),
    /// Make the user, or do not start as root.
    #[error(
        "Postgres refuses to run as root, and there is no user `postgres` to run it as: make one, or start as an ordinary user"
    )]
    NoUser,
}

/// Finds one of our own programs: next to this one, else on PATH.
pub(crate) fn find(name: &'static str) -> Result<PathBuf, ProgramError> {
    let own = env::current_exe().unwrap_or_default();
    let next = own.parent().map(Path::to_owned);
    let on_path = env::var_os("PATH").unwrap_or_default();
    next.into_iter()
        .chain(env::split_paths(&on_path))
        .map(|folder| folder.join(name))
        .find(|file| fs::metadata(file).is_ok_and(|about| about.is_file()))
        .ok_or(ProgramError::NotBuilt(name, own))
}

/// As whom a program runs.
#[derive(Debug, Clone)]
pub(crate) enum Owner {
    /// As whoever runs us.
    Ourselves,
    /// As another, whom only root can become.
    Other(Uid, Gid),
}

impl Owner {
    /// As whom Postgres runs: not as root.
    pub(crate) fn of_postgres() -> Result<Self, ProgramError> {
        if !geteuid().is_root() {
            return Ok(Self::Ourselves);
        }
        let user = User::from_name("postgres").ok().flatten().ok_or(ProgramError::NoUser)?;
        Ok(Self::Other(user.uid, user.gid))
    }

    /// Gives a folder of ours to whom the program runs as.
    pub(crate) fn give(&self, folder: &Path) -> io::Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other(uid, gid) => std::os::unix::fs::chown(folder, Some(uid.as_raw()), Some(gid.as_raw())),
        }
    }
}

/// What a program sees of our environment.
#[derive(Debug, Clone)]
pub(crate) enum Environment {
    /// All of it, and these.
    Ours(Vec<(&'static str, OsString)>),
    /// What it takes to run, and no secret.
    Bare,
}

/// A program, and all it takes to run it.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// What to run.
    pub(crate) path: PathBuf,
    /// With which arguments.
    pub(crate) args: Vec<OsString>,
    /// Seeing what.
    pub(crate) environment: Environment,
    /// As whom.
    pub(crate) owner: Owner,
    /// The signal that the system sends it when we die, even by `kill -9`.
    pub(crate) dies_by: &'static str,
}

impl Program {
    /// The command that runs it, in a process group of its own: the terminal's Ctrl-C
    /// reaches only us.
    ///
    /// On Linux through `setpriv`, which becomes the program: the child's pid is the
    /// program's own. Elsewhere nothing ends a child when we are killed.
    pub(crate) fn command(&self) -> Command {
        let mut command = if cfg!(target_os = "linux") { self.bound_to_us() } else { self.unbound() };
        command.args(&self.args).process_group(0).stdin(Stdio::null()).kill_on_drop(true);
        match &self.environment {
            Environment::Ours(added) => command.envs(added.iter().map(|(name, value)| (name, value))),
            Environment::Bare => {
                let kept = ["PATH", "LD_LIBRARY_PATH", "TZ", "TMPDIR"];
                let kept = kept.into_iter().filter_map(|name| Some((name, env::var_os(name)?)));
                command.env_clear().envs(kept).env("LC_ALL", "C").current_dir("/")
            }
        };
        command
    }

    fn bound_to_us(&self) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", self.dies_by]);
        if let Owner::Other(uid, gid) = &self.owner {
            command.args(["--reuid", &uid.to_string(), "--regid", &gid.to_string(), "--init-groups"]);
        }
        command.arg("--").arg(&self.path);
        command
    }

    fn unbound(&self) -> Command {
        let mut command = Command::new(&self.path);
        if let Owner::Other(uid, gid) = &self.owner {
            command.uid(uid.as_raw()).gid(gid.as_raw());
        }
        command
    }
}

/// Whether the owner may enter the folder. The system itself answers, so that access
/// lists count, too.
pub(crate) async fn may_enter(owner: &Owner, folder: &Path) -> io::Result<bool> {
    let test = Program {
        path: "test".into(),
        args: vec![OsString::from("-x"), folder.into()],
        environment: Environment::Bare,
        owner: owner.clone(),
        dies_by: "KILL",
    };
    Ok(test.command().status().await?.success())
}

/// Arguments from words.
pub(crate) fn args<const N: usize>(words: &[impl AsRef<OsStr>; N]) -> Vec<OsString> {
    words.iter().map(|word| word.as_ref().to_owned()).collect()
}
