//! Delivery: how the caller receives the result.

/// How the caller receives the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The call returns the file.
    Wait,
    /// The call returns a job, which the caller polls.
    Poll,
}
