//! The options of a render, one module per group.

mod pdf;
mod readiness;
mod screenshot;
mod target;
