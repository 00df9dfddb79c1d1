//! Options: how to render a page. Each group has a file, and the same file name in every crate.
//!
//! | group | what it decides |
//! |---|---|
//! | [`target`] | which page is rendered |
//! | [`readiness`] | when the page is captured, and how long the render may take |
//! | [`viewport`] | the window in which the page is laid out |
//! | [`emulation`] | which user and device the page sees |
//! | [`output`] | the file to make |
//!
//! [`stored`] is their shape in the database.

pub mod emulation;
pub mod output;
pub mod readiness;
pub mod stored;
mod stored_pdf;
pub mod target;
pub mod viewport;

pub use emulation::Emulation;
pub use output::length::{InvalidLength, Length};
pub use output::paper::Paper;
pub use output::pdf::{Background, Margin, Orientation, Pdf};
pub use output::screenshot::{Area, ImageFormat, Screenshot};
pub use output::{JobType, Output};
pub use readiness::{Milestone, Readiness, Scroll, UnknownMilestone, WaitFor};
pub use target::{InvalidUrl, Source, TargetUrl};
pub use viewport::Viewport;

/// How to render a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// When the page is captured.
    pub readiness: Readiness,
    /// The window in which the page is laid out.
    pub viewport: Viewport,
    /// Which user and device the page sees.
    pub emulation: Emulation,
    /// What relative links and sources of an html job are relative to.
    pub base_url: Option<TargetUrl>,
    /// The file to make.
    pub output: Output,
}

impl Options {
    /// An output, with every other option at its default.
    pub fn new(output: Output) -> Self {
        Self {
            readiness: Readiness::default(),
            viewport: Viewport::default(),
            emulation: Emulation::default(),
            base_url: None,
            output,
        }
    }

    /// Whether a browser page may serve another job after this one: every group that sets
    /// something in the page is at its default, so nothing of it reaches the next job.
    ///
    /// Readiness decides when the page is captured and sets nothing in it. The base URL is part of
    /// the document.
    pub fn allow_page_reuse(&self) -> bool {
        let Self { readiness: _, viewport, emulation, base_url: _, output: _ } = self;
        *viewport == Viewport::default() && *emulation == Emulation::default()
    }
}
