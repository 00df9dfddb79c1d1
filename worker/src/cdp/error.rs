//! Why a command failed.

use chromiumoxide_types::MethodId;

/// Why a command failed.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum CallError {
    /// The browser's end of the pipe is closed.
    #[error("the browser is gone")]
    BrowserGone,
    /// The page's renderer is gone. Send it no further command.
    #[error("the page crashed")]
    PageCrashed,
    /// The browser sent a message beyond the size limit. The pipe is no longer read.
    #[error("the reply was too large")]
    ReplyTooLarge,
    /// There was no reply before the deadline: the page or the browser hangs.
    #[error("{0} timed out")]
    Timeout(MethodId),
    /// The browser replied with an error, or with something that cannot be parsed.
    #[error("{0} failed: {1}")]
    Protocol(MethodId, String),
}
