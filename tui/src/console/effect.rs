//! Effects: what the loop does after an update.

/// What to do after an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing: the screen would look the same.
    None,
    /// Draw the model.
    Draw,
    /// Leave the console.
    Quit,
}
