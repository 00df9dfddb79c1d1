//! What rendered pages look like, beside goldens that a person has looked at.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "panics are how tests fail")]

mod documents;
mod golden;
mod page;
mod pictures;
mod regressions;
