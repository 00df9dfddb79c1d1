//! The options of a render, one module per group.

mod emulation;
mod fonts;
mod pdf;
mod readiness;
mod screenshot;
mod target;
