//! Roles: what a text on the screen means.

/// What a text on the screen means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, strum::EnumIter)]
pub(crate) enum Role {
    /// Any text.
    #[default]
    Text,
    /// A number that matters.
    Number,
    /// The title of a pane.
    Title,
    /// What a value is, and other text of less importance.
    Label,
    /// The border of a pane.
    Border,
    /// The name of a key.
    Key,
    /// What can be opened, or is chosen.
    Accent,
    /// A healthy state.
    Good,
    /// What needs attention.
    Warning,
    /// What failed or is lost.
    Bad,
    /// The worst: a whole line that is seen from afar.
    Alarm,
    /// The row of the cursor.
    Selected,
    /// A row that is marked.
    Marked,
    /// Something that is not possible at present.
    Disabled,
    /// A line that says that something is unusual: stale data, unlocked changes.
    Banner,
    /// The header of an environment where mistakes are expensive.
    Protected,
    /// Data that is out of date.
    Stale,
}
