//! Who a browser runs as: never root, for its sandbox refuses that.

use nix::unistd::{Gid, Uid, User, geteuid};

/// Who a browser runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Whoever the worker runs as.
    Own,
    /// An unprivileged user, since the worker is root.
    Other { uid: Uid, gid: Gid },
}

/// The worker is root, and there is nobody for its browsers to run as.
#[derive(Debug, thiserror::Error)]
pub enum NoUser {
    /// Create the user, or name another.
    #[error(
        "the worker is root, and the user {0:?} that browsers shall run as does not exist: set TINTYPE_BROWSER_USER"
    )]
    Unknown(String),
    /// Name another.
    #[error("browsers do not run as root: set TINTYPE_BROWSER_USER to an unprivileged user")]
    Root,
}

/// Decides who a browser runs as; `name` counts for root only.
pub(crate) fn identity(name: &str) -> Result<Identity, NoUser> {
    if !geteuid().is_root() {
        return Ok(Identity::Own);
    }
    let user = User::from_name(name).ok().flatten().ok_or_else(|| NoUser::Unknown(name.to_owned()))?;
    if user.uid.is_root() { Err(NoUser::Root) } else { Ok(Identity::Other { uid: user.uid, gid: user.gid }) }
}
