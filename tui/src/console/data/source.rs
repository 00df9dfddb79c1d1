//! Sources: where the console reads.

use super::recording::Recording;
use crate::target::Target;

/// Where the console reads.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// A database.
    Database(Target),
    /// A file that `tintype record` has written.
    Recording(Recording),
}
