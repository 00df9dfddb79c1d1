//! The options of a render, in groups.
//!
//! Each file contains one group: its fields, their defaults, and the conversion to the
//! domain. A request includes groups with `#[oai(flatten)]`, which puts their fields into the
//! request's own schema. poem-openapi clones the remaining JSON object for every flattened
//! group, so a request declares `url` and `html` before its groups: they are then already
//! removed, and an `html` of 5 MiB is not copied.

pub(crate) mod emulation;
pub(crate) mod output;
pub(crate) mod readiness;
pub(crate) mod target;
pub(crate) mod viewport;
