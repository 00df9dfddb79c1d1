//! What all screens have in common.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::id::JobId;

use crate::console::core::action::Action;
use crate::console::core::command::Command;
use crate::console::core::data::Data;
use crate::console::core::input::Input;
use crate::console::core::preview::Wanted;
use crate::console::core::query::{Need, Panel};
use crate::console::core::route::Route;

/// What a screen may know of its surroundings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context {
    /// The time since the console started.
    pub(crate) now: Duration,
    /// The time by the database's clock, once it is known.
    pub(crate) clock: Option<DateTime<Utc>>,
    /// The columns and lines of the terminal.
    pub(crate) size: (u16, u16),
}

/// What the cursor is on, for jumps to other screens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Subject {
    /// The job.
    pub(crate) job: Option<JobId>,
    /// The name of the account.
    pub(crate) account: Option<String>,
    /// The public id of the key.
    pub(crate) key: Option<String>,
    /// The name or id of the worker.
    pub(crate) worker: Option<String>,
}

/// A screen: its state, and how it changes.
pub(crate) trait ScreenState: std::fmt::Debug {
    /// Shows what a route is about. Called when the operator gets there, also on the way back.
    fn open(&mut self, _cx: &Context, _route: &Route) {}

    /// What must be read while the screen is visible.
    fn needs(&self, cx: &Context) -> Vec<Need>;

    /// Records that data was asked for.
    fn asked(&mut self, _panel: Panel, _now: Duration) {}

    /// Takes data that arrived.
    fn arrived(&mut self, cx: &Context, data: Data) -> Vec<Command>;

    /// Records that data could not be read.
    fn failed(&mut self, panel: Panel, reason: String);

    /// Carries out an action, unless it is not one of the screen's.
    fn act(&mut self, _cx: &Context, _action: Action) -> Option<Vec<Command>> {
        None
    }

    /// Whether the screen takes keys as text, because a filter is edited.
    fn is_editing(&self) -> bool {
        false
    }

    /// Takes a key or pasted text while [`is_editing`](Self::is_editing).
    fn edit(&mut self, _cx: &Context, _input: &Input) -> Vec<Command> {
        Vec::new()
    }

    /// Takes a click on a line of the screen, counted from the top of the terminal.
    fn click(&mut self, _cx: &Context, _column: u16, _line: u16) -> Vec<Command> {
        Vec::new()
    }

    /// Why an action is not possible now, in the menu and the palette.
    fn refusal(&self, _action: Action) -> Option<String> {
        None
    }

    /// What the cursor is on.
    fn subject(&self) -> Subject {
        Subject::default()
    }

    /// What can be copied: a key, a label and the text. The first one is copied by `yy`.
    fn copies(&self, _cx: &Context) -> Vec<(char, &'static str, String)> {
        Vec::new()
    }

    /// The terminal has another size.
    fn resized(&mut self, _cx: &Context) {}

    /// The preview that is on the screen.
    fn preview(&self, _cx: &Context) -> Option<Wanted> {
        None
    }

    /// What follows the screen's name in the way: the filter or the id.
    fn title(&self) -> String {
        String::new()
    }
}
