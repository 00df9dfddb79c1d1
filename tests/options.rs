//! The options of a render, one module per group.

mod area;
mod base_url;
mod block;
mod emulation;
mod fonts;
mod inject;
mod lists;
mod network;
mod paper;
mod pdf;
mod readiness;
mod report;
mod screenshot;
mod sheet;
mod target;
