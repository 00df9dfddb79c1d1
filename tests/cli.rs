//! The operator's commands, `tintype …`.

mod commands;
mod doctor;
mod health;
mod settings;
mod up;
