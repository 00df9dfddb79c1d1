//! Which network a browser uses.

/// Which network a browser uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    /// Its own network namespace, whose only exit is a listener that is passed to the worker.
    Isolated,
    /// The machine's.
    Shared,
}
