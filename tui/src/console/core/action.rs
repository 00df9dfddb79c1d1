//! Actions: what keys, the palette and menus can do.

use super::route::Screen;

/// What a key does. What changes something has an upper-case key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    // Moving.
    /// Shows a screen.
    Show(Screen),
    /// Moves the cursor to the row before.
    Up,
    /// Moves the cursor to the row behind.
    Down,
    /// Moves back by a page.
    PageUp,
    /// Moves on by a page.
    PageDown,
    /// Moves to the first row.
    Home,
    /// Moves to the last row.
    End,
    /// Moves left, by a column or in time.
    Left,
    /// Moves right.
    Right,
    /// Goes to the next pane.
    NextPane,
    /// Goes to the pane before.
    PreviousPane,
    /// Opens what the cursor is on.
    Open,
    /// Closes one layer: an overlay, the text of a filter, the filter, the marks, the screen.
    Back,
    /// Goes to the row before, in a detail.
    Previous,
    /// Goes to the row behind, in a detail.
    Next,
    /// Scrolls the detail back.
    ScrollUp,
    /// Scrolls the detail on.
    ScrollDown,
    /// Jumps to what the n-th alert is about, from 0.
    Alert(u8),
    /// Jumps to the account.
    Account,
    /// Jumps to the key.
    Key,
    /// Jumps to the worker.
    Worker,
    /// Jumps to the jobs of the row.
    Jobs,
    // Looking.
    /// Edits the filter.
    Filter,
    /// Goes to a time.
    Time,
    /// Sorts by the next column that an index serves.
    Sort,
    /// Shows other columns.
    Columns,
    /// Keeps the newest rows on the screen.
    Follow,
    /// Shows or hides events of the level `info`.
    Info,
    /// Shows or hides events of the level `warning`.
    Warning,
    /// Shows or hides events of the level `error`.
    Error,
    /// Shows or hides what operators did.
    Audit,
    /// Copies something of the row.
    Copy,
    /// Opens the result in a viewer.
    View,
    /// Saves the result, or the rows, to a file.
    Save,
    /// Shows the preview in another way.
    Image,
    /// Marks the row.
    Mark,
    /// Marks the rows from the last mark to the cursor.
    MarkRange,
    /// Selects everything that the filter matches.
    SelectAll,
    /// Removes the marks.
    Unmark,
    /// Lists what can be done with the selection.
    Menu,
    /// Reads everything again now.
    Refresh,
    /// Reads more often.
    Faster,
    /// Reads less often.
    Slower,
    /// Stops or resumes reading.
    Freeze,
    // Changing: locked until asked for.
    /// Submits failed jobs again.
    Retry,
    /// Cancels unfinished jobs.
    Cancel,
    /// Keeps a result for longer.
    Extend,
    /// Deletes a result.
    Delete,
    /// Lets a worker end what it has, and take nothing new.
    Drain,
    /// Lets a worker take jobs again.
    Undrain,
    /// Gives a worker's jobs back to the queue.
    Release,
    /// Adds or removes credits.
    Adjust,
    /// Suspends or resumes an account.
    Hold,
    /// Changes the limits of an account or a key.
    Limit,
    /// Creates an account or a key.
    New,
    /// Revokes a key.
    Revoke,
    /// Renames a key.
    Rename,
    // The console itself.
    /// Unlocks or locks changes.
    Unlock,
    /// Finds anything by its name.
    Palette,
    /// Explains the keys.
    Help,
    /// Switches to another environment.
    Environment,
    /// Shows what this console changed.
    Log,
    /// Shows the settings.
    Settings,
    /// Changes the colours.
    Theme,
    /// Lets the terminal or the console have the mouse.
    Mouse,
    /// Returns to the shell until `fg`.
    Suspend,
    /// Draws everything again.
    Redraw,
    /// Goes back, and quits from the first screen.
    Quit,
    /// Quits at once.
    Interrupt,
}
