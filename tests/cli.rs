//! The operator's commands, `tintype …`.

mod commands;
mod doctor;
mod fleet;
mod health;
mod jobs;
mod money;
mod settings;
mod up;
