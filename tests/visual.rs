//! How rendered pages look, compared with golden images that a person has reviewed.

mod cases;
mod consent;
mod golden;
mod invoice;
mod page;
mod regressions;
mod screenshots;
