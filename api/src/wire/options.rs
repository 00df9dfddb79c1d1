//! The options of a render, in groups.
//!
//! Each file contains one group: its fields, their defaults, and the conversion to the
//! domain. A request includes groups with `#[oai(flatten)]`, which puts their fields into the
//! request's own schema. For each flattened group poem-openapi clones the fields not yet parsed.
//! Requests therefore declare `url` and `html` first, so that an `html` of 5 MiB is not cloned.

pub(crate) mod block;
pub(crate) mod emulation;
pub(crate) mod inject;
pub(crate) mod network;
pub(crate) mod output;
pub(crate) mod readiness;
pub(crate) mod target;
pub(crate) mod viewport;
