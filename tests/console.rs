//! The console, in a real terminal.

mod terminal;
