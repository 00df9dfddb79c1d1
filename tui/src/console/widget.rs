//! Widgets: the building blocks of the views.

mod bar;
mod breadcrumbs;
mod canvas;
mod hints;
mod histogram;
mod input;
mod list;
mod overlay;
mod pane;
mod scrollbar;
mod sparkline;
mod table;
mod tabs;
mod text;
mod tiles;
mod timeline;
mod wrap;

pub(crate) use bar::bar;
pub(crate) use breadcrumbs::breadcrumbs;
pub(crate) use canvas::{Canvas, Cell, behind};
pub(crate) use hints::{Hint, hints};
pub(crate) use histogram::Histogram;
pub(crate) use input::{input, prompt};
pub(crate) use list::{Item, list};
pub(crate) use overlay::overlay;
pub(crate) use pane::{pane, pane_of};
pub(crate) use scrollbar::Thumb;
pub(crate) use sparkline::{spark, sparkline};
pub(crate) use table::{Align, Column, Table, Width};
pub(crate) use tabs::{Tab, tabs};
pub(crate) use text::{UNKNOWN, cut, middle, width};
pub(crate) use tiles::{Tile, tiles};
pub(crate) use timeline::{Step, timeline};
pub(crate) use wrap::wrap;

#[cfg(test)]
pub(crate) mod testing;
