//! A menu: a list of things to choose from.

use crate::console::core::action::Action;
use crate::console::core::command::Command;

/// A list of things to choose from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Menu {
    /// Its title.
    pub(crate) title: String,
    /// What there is to choose from.
    pub(crate) items: Vec<Item>,
    /// The item with the cursor.
    pub(crate) current: usize,
}

/// Something to choose.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    /// The key that chooses it.
    pub(crate) key: Option<char>,
    /// Its name.
    pub(crate) label: String,
    /// What it is, or why it cannot be chosen.
    pub(crate) detail: String,
    /// What it does.
    pub(crate) choice: Choice,
}

/// What an item does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Choice {
    /// As the key does.
    Act(Action),
    /// Something else.
    Run(Vec<Command>),
    /// Nothing, at present.
    Disabled,
}
