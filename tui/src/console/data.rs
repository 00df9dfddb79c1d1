//! Data: reads and changes the database, in tasks that the loop never waits for.

mod ask;
mod expiry;
mod files;
mod job;
mod lane;
mod link;
mod perform;
mod playback;
mod preview;
mod recording;
mod source;
mod writes;

pub(super) use files::Files;
pub(super) use lane::Lanes;
pub(super) use link::connect;
pub(super) use preview::Decoder;
pub(crate) use recording::{Recording, record};
pub(crate) use source::Source;
pub(super) use writes::Writes;
