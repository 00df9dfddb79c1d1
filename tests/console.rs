//! The console, in a real terminal.

mod exits;
mod incident;
mod input;
mod stalled;
mod suspend;
mod terminal;
