//! The darkroom: the browsers of this worker, and which account each of them serves.
//!
//! A browser serves one account as long as it lives, and one job at a time. There are as many
//! for accounts as there are slots, and clean ones beside them, started beforehand: a job of
//! an account that has none here need not wait for one to start. Where a clean one is taken
//! and there are too many, the one that has rested longest makes room.

mod keeper;
mod shelf;
mod warden;

pub(crate) use keeper::Keeper;
pub(crate) use shelf::{Seat, Shelf};
pub(crate) use warden::{group, watch};
