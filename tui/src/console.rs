//! The console: the state of the service, live.
//!
//! ```text
//!  terminal ──► Input ─┐                ┌─ Message ◄── data: reads and changes the database
//!                      ▼                ▼
//!            update(Model, Message) ──► Vec<Command> ──► run: fetches, writes, copies, draws view(Model), quits
//! ```
//! `core` and `view` are pure: no I/O, no clock, no runtime. `data` talks to the database in tasks of its own. `run`
//! passes messages between them, never waits for anything else, and draws only when something has changed.

#![expect(clippy::wildcard_enum_match_arm, reason = "a screen names the actions, keys and data that are its own")]

mod core;
mod data;
#[cfg(test)]
mod docs;
mod glyph;
mod run;
mod save;
mod terminal;
mod theme;
mod view;
mod widget;

pub(crate) use self::core::environment::Environment;
pub(crate) use self::core::settings::ThemeName;
pub(crate) use self::core::{attention, filter, key_filter};
pub(crate) use data::{Recording, Source, record};
pub(crate) use run::run;
