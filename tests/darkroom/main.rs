//! The darkroom: pages that try to get out, to stay, to hang and to break what renders them.
//!
//! Every story is told twice: of a worker that gives each browser a network namespace of
//! its own, and of one that has the browser's flags alone. The workers are processes, in a
//! network of the test's own where that can be had.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "panics are how tests fail")]

/// Tells stories of both kinds of workers.
macro_rules! in_both_modes {
    ($($story:ident),+ $(,)?) => {
        mod namespaces {
            $(#[test] fn $story() { crate::room::tell(crate::room::Mode::Namespaces, super::$story); })+
        }
        mod flags {
            $(#[test] fn $story() { crate::room::tell(crate::room::Mode::Flags, super::$story); })+
        }
    };
}

mod bombs;
mod browsers;
mod hostile;
mod kept;
mod names;
mod redirects;
mod room;
mod schemes;
mod soak;
mod starting;
mod traces;
mod wall;
