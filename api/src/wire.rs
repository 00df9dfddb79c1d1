//! The shapes of the wire, and how they become values of the domain.

pub(crate) mod account;
pub(crate) mod bulk;
pub(crate) mod error;
pub(crate) mod job;
pub(crate) mod page;
pub(crate) mod pdf;
pub(crate) mod ready;
pub(crate) mod screenshot;
