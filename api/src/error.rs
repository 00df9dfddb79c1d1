//! Errors: one body, one table of codes and statuses, and conversions from other layers.

pub(crate) mod body;
pub(crate) mod code;
pub(crate) mod documented;
mod from_domain;
mod from_respond;
pub(crate) mod problem;
