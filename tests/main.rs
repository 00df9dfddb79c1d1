//! Tests of Tintype from the outside, in one binary.
//!
//! Each module covers one area: `just test queue::` runs those of the queue alone. A test has
//! its own database, which is audited when the test ends.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "panics are how tests fail")]
#![expect(clippy::disallowed_methods, reason = "tests read and change rows behind the verbs, and move time")]

/// Declares each test twice: with network namespaces, and with the browser's flags alone.
macro_rules! with_each_isolation {
    ($($test:ident),+ $(,)?) => {
        mod namespaces {
            $(#[test] fn $test() {
                harness::sandboxed::with_sandbox(harness::sandboxed::Isolation::Namespaces, super::$test);
            })+
        }
        mod flags {
            $(#[test] fn $test() {
                harness::sandboxed::with_sandbox(harness::sandboxed::Isolation::Flags, super::$test);
            })+
        }
    };
}

mod api;
mod browser;
mod chaos;
mod cli;
mod console;
mod deploy;
mod egress;
mod faults;
mod model;
mod options;
mod queue;
mod sdk;
mod visual;
