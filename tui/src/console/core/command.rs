//! Commands: what an update asks for.

use domain::id::JobId;

use super::draft::Draft;
use super::preview::Decode;
use super::route::Route;
use super::schedule::Fetch;
use super::settings::ThemeName;
use super::write::Write;

/// What an update asks for. The first group is carried out by the update itself, the second by the loop.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Command {
    /// Go to a place, from where there is a way back.
    Go(Route),
    /// Go to a place instead of this one.
    Replace(Route),
    /// Ask for what a change needs to know.
    Draft(Draft),
    /// Ask whether a change is meant.
    Confirm(Write),
    /// Say something for some seconds.
    Say(String),
    /// Read everything of the screen again now.
    Refresh,
    /// Use these colours.
    Theme(ThemeName),

    /// Read something.
    Fetch(Fetch),
    /// Change something. The number names the confirmation, so that it has an effect once.
    Write(u64, Write),
    /// Open the connection for changes.
    OpenWrites,
    /// Close the connection for changes.
    CloseWrites,
    /// Try to reach the database now.
    Reconnect,
    /// Decode a picture.
    Decode(Decode),
    /// Copy a text to the clipboard.
    Copy(String),
    /// Open the result of a job in a viewer.
    View(JobId),
    /// Save the result of a job to a file.
    SaveResult(JobId),
    /// Save a text to a new file of this name.
    SaveText(String, String),
    /// Switch to another environment.
    Switch(String),
    /// Let the console have the mouse, or the terminal.
    Mouse(bool),
    /// Return to the shell until `fg`.
    Suspend,
    /// Draw everything again.
    Redraw,
    /// Leave the console.
    Quit,
}
