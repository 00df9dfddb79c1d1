//! Small pages after public reports, each with the values that a right render of it has.
//!
//! ```text
//! case ──► request   the body to send, with `{site}`, `@file` and `%rowsN` filled in
//!      ──► site      the pages and odd responses that it speaks of
//!      ──► verdict   measure (picture, document) and expect: which values are wrong
//! ```
//! The cases are in `tests/visual/cases`; CONTRIBUTING.md says how to add one.

mod case;
mod document;
mod expect;
mod measure;
mod picture;
mod rendered;
mod request;
mod site;
mod verdict;

pub use case::{Case, Collection, Group, Kind, load};
pub use rendered::Rendered;
pub use site::Site;
pub use verdict::{Verdict, judge};
