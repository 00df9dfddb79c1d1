//! The core of the console: what it knows, and what each message changes. Pure: no runtime, no database, no terminal
//! and no clock, so that a test can produce every state.

pub(crate) mod access;
pub(crate) mod action;
pub(crate) mod attention;
pub(crate) mod catalogue;
pub(crate) mod command;
pub(crate) mod data;
pub(crate) mod draft;
pub(crate) mod environment;
pub(crate) mod event_filter;
pub(crate) mod filter;
pub(crate) mod fuzzy;
pub(crate) mod input;
pub(crate) mod input_line;
pub(crate) mod key_filter;
pub(crate) mod keys;
pub(crate) mod link;
pub(crate) mod list;
pub(crate) mod load;
pub(crate) mod log;
pub(crate) mod message;
pub(crate) mod model;
pub(crate) mod overlay;
pub(crate) mod preview;
pub(crate) mod query;
pub(crate) mod route;
pub(crate) mod schedule;
pub(crate) mod screen;
pub(crate) mod secret;
pub(crate) mod settings;
pub(crate) mod step;
pub(crate) mod update;
mod words;
pub(crate) mod write;
