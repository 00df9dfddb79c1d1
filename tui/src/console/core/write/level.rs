//! How changes are confirmed.

/// How a change is confirmed, by what it may destroy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// One row, and it can be undone: a line that is answered with `y`.
    Row,
    /// Many rows, or a whole worker or account: a dialog in which the count or the name is typed.
    Many,
    /// Money, secrets, or data that would be lost: a dialog in which the name of the object is typed, with a reason.
    Grave,
}
