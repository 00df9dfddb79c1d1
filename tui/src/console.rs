//! The console: the state of the service, live.
//!
//! ```text
//!  terminal ──► keys ─┐              ┌─ Message ◄── data: polls the database
//!                     ▼              ▼
//!           update(Model, Message) ──► Effect ──► run: draws view(Model), or quits
//! ```
//! `model`, `update` and `view` are pure: no I/O, no clock, no runtime. `data` polls the
//! database in a task of its own. `run` passes messages between them, never waits for anything
//! else, and draws only when something visible has changed.

mod data;
mod effect;
mod guard;
mod input;
mod keys;
mod message;
mod model;
mod run;
mod theme;
mod update;
mod view;
mod widget;

pub(crate) use run::run;
