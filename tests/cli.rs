//! The operator's commands, `tintype …`.

mod commands;
mod up;
