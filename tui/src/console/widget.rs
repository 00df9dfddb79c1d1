//! Widgets: the building blocks of the views.

mod bar;
mod cell;
mod chart;
mod lines;
mod pane;

pub(crate) use bar::bar;
pub(crate) use cell::{UNKNOWN, fit};
pub(crate) use chart::{chart, layout};
pub(crate) use lines::{justified, list};
pub(crate) use pane::pane;
