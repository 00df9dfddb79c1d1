//! What a browser's process is before it becomes the browser.
//!
//! The worker starts itself once more for each browser. That process gives up whatever a
//! browser shall not have, and then execs the browser in its own place: a worker has many
//! threads, and what is done here, in between, must be done where there is only one.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use nix::sys::resource::{Resource, setrlimit};
use nix::unistd::{Gid, Uid, getgid, getuid, setgid, setgroups, setuid};

use super::namespace;
use super::user::Identity;

/// The argument by which the worker's program becomes a browser's.
pub const INIT: &str = "__browser-init";

/// How many files a browser may hold open: a page of many frames holds hundreds.
const FILES: u64 = 4096;

/// The largest file that it may write, in bytes: it has no business writing large ones.
const FILE_SIZE: u64 = 512 * 1024 * 1024;

/// How gladly the kernel kills it when memory runs out, from -1000 to 1000: before us.
const OOM_SCORE: &str = "500";

/// What is to be given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Init {
    pub(super) identity: Identity,
    pub(super) net: Net,
}

/// Which network a browser is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Net {
    /// One of its own, which ends at a listener that is sent to the worker over stdin.
    Own,
    /// The machine's.
    Shared,
}

impl Init {
    /// The arguments that say so.
    pub(super) fn args(self) -> [String; 4] {
        let id = match self.identity {
            Identity::Own => ["-".to_owned(), "-".to_owned()],
            Identity::Other { uid, gid } => [uid.to_string(), gid.to_string()],
        };
        let [uid, gid] = id;
        let net = match self.net {
            Net::Own => "own",
            Net::Shared => "shared",
        };
        [INIT.to_owned(), uid, gid, net.to_owned()]
    }

    fn read(args: &mut impl Iterator<Item = OsString>) -> Option<Self> {
        let mut word = || args.next()?.into_string().ok();
        let (uid, gid, net) = (word()?, word()?, word()?);
        let identity = match uid.as_str() {
            "-" => Identity::Own,
            uid => Identity::Other { uid: Uid::from_raw(uid.parse().ok()?), gid: Gid::from_raw(gid.parse().ok()?) },
        };
        let net = match net.as_str() {
            "own" => Net::Own,
            "shared" => Net::Shared,
            _ => return None,
        };
        Some(Self { identity, net })
    }
}

/// Gives up what is to be given up, and becomes the browser: `args` are those after [`INIT`].
/// Returns only where that fails.
pub fn become_browser(mut args: impl Iterator<Item = OsString>) -> io::Result<Infallible> {
    let init = Init::read(&mut args).ok_or_else(|| io::Error::other("not the arguments of a browser's start"))?;
    let program = args.next().ok_or_else(|| io::Error::other("no browser is named"))?;
    limit()?;
    let listener = match init.net {
        Net::Own => Some(namespace::enter(init.identity)?),
        Net::Shared => {
            drop_to(init.identity)?;
            None
        }
    };
    // After the change of user, which would clear it; and a worker that is gone by now would not be missed.
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
    if let Some(listener) = listener {
        namespace::hand_over(&listener)?;
    }
    Err(Command::new(program).args(args).stdin(Stdio::null()).exec())
}

fn limit() -> io::Result<()> {
    // No core is dumped, for it would hold what pages held.
    for (resource, limit) in
        [(Resource::RLIMIT_CORE, 0), (Resource::RLIMIT_NOFILE, FILES), (Resource::RLIMIT_FSIZE, FILE_SIZE)]
    {
        setrlimit(resource, limit, limit)?;
    }
    let _where_there_is_such_a_thing = std::fs::write("/proc/self/oom_score_adj", OOM_SCORE);
    Ok(())
}

/// Becomes the browser's user, for good.
pub(super) fn drop_to(identity: Identity) -> io::Result<()> {
    let Identity::Other { uid, gid } = identity else { return Ok(()) };
    setgroups(&[gid])?;
    setgid(gid)?;
    setuid(uid)?;
    if getuid() == uid && getgid() == gid { Ok(()) } else { Err(io::Error::other("the user could not be changed")) }
}

#[cfg(test)]
mod tests {
    use nix::unistd::{Gid, Uid};

    use super::{Init, Net};
    use crate::browser::Identity;

    #[test]
    fn what_is_to_be_given_up_is_said_and_understood() {
        let other = Identity::Other { uid: Uid::from_raw(65534), gid: Gid::from_raw(65533) };
        for init in [Init { identity: other, net: Net::Own }, Init { identity: Identity::Own, net: Net::Shared }] {
            let mut args = init.args().into_iter().skip(1).map(Into::into);

            assert_eq!(Init::read(&mut args), Some(init));
        }
        assert_eq!(Init::read(&mut ["-", "-", "none"].map(Into::into).into_iter()), None);
    }
}
