//! The options of a render, one module per group.

mod emulation;
mod pdf;
mod readiness;
mod screenshot;
mod target;
