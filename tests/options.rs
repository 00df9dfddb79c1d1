//! The options of a render, one module per group.

mod base_url;
mod emulation;
mod fonts;
mod paper;
mod pdf;
mod readiness;
mod report;
mod screenshot;
mod target;
