//! The user that browsers run as. It is never root: Chromium's sandbox requires that.

use std::io;

use nix::unistd::{Gid, Uid, User, geteuid, getgid, getuid, setgid, setgroups, setuid};

/// The user that browsers run as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The worker's own, which is not root.
    Own,
    /// An unprivileged user, because the worker is root.
    Other { uid: Uid, gid: Gid },
}

/// The worker is root, and the user to run browsers as is not usable.
#[derive(Debug, thiserror::Error)]
pub enum BrowserUserError {
    /// Create the user, or configure another.
    #[error("the worker is root, and the browser user {0:?} does not exist: set TINTYPE_BROWSER_USER")]
    Unknown(String),
    /// Configure another user.
    #[error("browsers must not run as root: set TINTYPE_BROWSER_USER to an unprivileged user")]
    Root,
}

impl Identity {
    /// Determines the user that browsers run as. `name` is used only if the worker is root.
    pub(crate) fn for_browsers(name: &str) -> Result<Self, BrowserUserError> {
        if !geteuid().is_root() {
            return Ok(Self::Own);
        }
        let user = User::from_name(name).ok().flatten();
        let user = user.ok_or_else(|| BrowserUserError::Unknown(name.to_owned()))?;
        if user.uid.is_root() { Err(BrowserUserError::Root) } else { Ok(Self::Other { uid: user.uid, gid: user.gid }) }
    }

    /// Changes this process to the user, irrevocably.
    pub(super) fn assume(self) -> io::Result<()> {
        let Self::Other { uid, gid } = self else { return Ok(()) };
        setgroups(&[gid])?;
        setgid(gid)?;
        setuid(uid)?;
        if getuid() == uid && getgid() == gid { Ok(()) } else { Err(io::Error::other("cannot change the user")) }
    }
}
