//! The step between the worker and the browser: a process that drops privileges, then execs.
//!
//! For each browser the worker runs its own executable once more. That process applies limits,
//! changes the user, enters the network namespace and execs the browser. The worker cannot do
//! this between `fork` and `exec`: it has many threads, and these steps require a process with
//! one.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::{Gid, Uid};

use super::identity::Identity;
use super::netns;
use super::network::Network;

/// The first argument with which the worker's executable calls [`exec_browser`].
pub const EXEC_BROWSER_ARG: &str = "__browser-init";

/// How many files a browser may have open, if the worker may open as many. A page with many frames
/// has hundreds.
const MAX_OPEN_FILES: u64 = 4096;

/// The largest file that a browser may write, in bytes. It has no need for large ones.
const MAX_FILE_SIZE: u64 = 512 * 1024 * 1024;

/// The browser's OOM score adjustment, between -1000 and 1000: the kernel kills it before the
/// worker.
const OOM_SCORE_ADJ: &str = "500";

/// The arguments of [`exec_browser`] before the browser's command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ExecArgs {
    pub(super) identity: Identity,
    pub(super) network: Network,
}

impl ExecArgs {
    /// Encodes them as command-line arguments, beginning with [`EXEC_BROWSER_ARG`].
    pub(super) fn encode(self) -> [String; 4] {
        let [uid, gid] = match self.identity {
            Identity::Own => ["-".to_owned(), "-".to_owned()],
            Identity::Other { uid, gid } => [uid.to_string(), gid.to_string()],
        };
        let network = match self.network {
            Network::Isolated => "own",
            Network::Shared => "shared",
        };
        [EXEC_BROWSER_ARG.to_owned(), uid, gid, network.to_owned()]
    }

    fn parse(args: &mut impl Iterator<Item = OsString>) -> Option<Self> {
        let mut next = || args.next()?.into_string().ok();
        let (uid, gid, network) = (next()?, next()?, next()?);
        let identity = match uid.as_str() {
            "-" => Identity::Own,
            uid => Identity::Other { uid: Uid::from_raw(uid.parse().ok()?), gid: Gid::from_raw(gid.parse().ok()?) },
        };
        let network = match network.as_str() {
            "own" => Network::Isolated,
            "shared" => Network::Shared,
            _ => return None,
        };
        Some(Self { identity, network })
    }
}

/// Drops privileges and replaces this process with the browser. `args` are the arguments after
/// [`EXEC_BROWSER_ARG`]. Returns only on failure.
pub fn exec_browser(mut args: impl Iterator<Item = OsString>) -> io::Result<Infallible> {
    let ExecArgs { identity, network } =
        ExecArgs::parse(&mut args).ok_or_else(|| io::Error::other("invalid arguments for starting a browser"))?;
    let program = args.next().ok_or_else(|| io::Error::other("the browser's path is missing"))?;
    apply_limits()?;
    let listener = match network {
        Network::Isolated => Some(netns::enter(identity)?),
        Network::Shared => {
            identity.assume()?;
            None
        }
    };
    // After the change of user, which clears the setting. The death of a worker that has ended
    // before this call is not signalled.
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
    if let Some(listener) = listener {
        netns::send_listener(&listener)?;
    }
    let error = Command::new(&program).args(args).stdin(Stdio::null()).exec();
    let advice = "set TINTYPE_CHROMIUM to a browser's binary";
    Err(io::Error::new(error.kind(), format!("cannot run {}: {error}; {advice}", program.display())))
}

fn apply_limits() -> io::Result<()> {
    // No core dumps: they would contain the content of pages.
    for (resource, limit) in
        [(Resource::RLIMIT_CORE, 0), (Resource::RLIMIT_NOFILE, MAX_OPEN_FILES), (Resource::RLIMIT_FSIZE, MAX_FILE_SIZE)]
    {
        let (_, max) = getrlimit(resource)?;
        setrlimit(resource, limit.min(max), limit.min(max))?;
    }
    let _best_effort = std::fs::write("/proc/self/oom_score_adj", OOM_SCORE_ADJ);
    Ok(())
}

#[cfg(test)]
mod tests {
    use nix::unistd::{Gid, Uid};

    use super::{ExecArgs, Identity, Network};

    #[test]
    fn exec_arguments_survive_encoding_and_parsing() {
        let other = Identity::Other { uid: Uid::from_raw(65534), gid: Gid::from_raw(65533) };
        for expected in [
            ExecArgs { identity: other, network: Network::Isolated },
            ExecArgs { identity: Identity::Own, network: Network::Shared },
        ] {
            let mut args = expected.encode().into_iter().skip(1).map(Into::into);

            assert_eq!(ExecArgs::parse(&mut args), Some(expected));
        }
        assert_eq!(ExecArgs::parse(&mut ["-", "-", "none"].map(Into::into).into_iter()), None);
    }
}
