//! Options: how to render a page. Each group has a file, and the same file name in every crate.
//!
//! | group | what it decides |
//! |---|---|
//! | [`target`] | which page is rendered |
//! | [`readiness`] | when the page is captured, and how long the render may take |
//! | [`viewport`] | the window in which the page is laid out |
//! | [`emulation`] | which user and device the page sees |
//! | [`network`] | which responses the page may have |
//! | [`inject`] | what is changed in the page before it is captured |
//! | [`block`] | which parts of the page are left out |
//! | [`output`] | the file to make |
//!
//! [`stored`] is their shape in the database.

pub mod block;
pub mod css;
pub mod emulation;
pub mod inject;
pub mod network;
pub mod output;
pub mod readiness;
pub mod stored;
mod stored_pdf;
pub mod target;
pub mod viewport;

pub use block::{Block, Cleanup, ResourceType};
pub use emulation::{Device, Emulation, Geolocation, Locale, Medium, TimeZone, UserAgent};
pub use inject::Inject;
pub use network::{Network, StatusRange};
pub use output::length::{InvalidLength, Length};
pub use output::page_ranges::PageRanges;
pub use output::paper::Paper;
pub use output::pdf::{Background, Margin, Orientation, Pdf, Scale};
pub use output::screenshot::{Area, Backdrop, Clip, ImageFormat, Screenshot};
pub use output::template::Template;
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
    /// Which responses the page may have.
    pub network: Network,
    /// Changes to the page before it is captured.
    pub inject: Inject,
    /// Which parts of the page are left out.
    pub block: Block,
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
            network: Network::default(),
            inject: Inject::default(),
            block: Block::default(),
            base_url: None,
            output,
        }
    }

    /// Whether a browser page may serve another job after this one: every group that sets
    /// something in the page is at its default, so nothing of it reaches the next job.
    ///
    /// Readiness decides when the page is captured and sets nothing in it; the network group only
    /// refuses. The base URL is part of the document. Of the output, only a transparent backdrop
    /// sets something.
    pub fn allow_page_reuse(&self) -> bool {
        let Self { readiness: _, viewport, emulation, network: _, inject, block, base_url: _, output } = self;
        let has_backdrop = match output {
            Output::Screenshot(screenshot) => screenshot.backdrop != Backdrop::default(),
            Output::Pdf(_) => false,
        };
        *viewport == Viewport::default()
            && *emulation == Emulation::default()
            && *inject == Inject::default()
            && *block == Block::default()
            && !has_backdrop
    }
}
