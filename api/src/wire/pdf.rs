//! A PDF that is asked for.

use domain::job::NewJob;
use domain::render::{self, Length};
use poem_openapi::types::Example;
use poem_openapi::{Enum, Object};

use crate::problem::Problem;
use crate::wire::page::{Priority, Sent};
use crate::wire::ready::{Milestone, Ready, dom_content_loaded, half_a_minute};

/// A page to print.
///
/// Send exactly one of `url` and `html`.
#[derive(Debug, Clone, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub(crate) struct PdfRequest {
    /// The address of the page: http or https, at most 8192 bytes.
    #[oai(validator(max_length = 8192))]
    pub(crate) url: Option<String>,
    /// The page itself, at most 5 MiB.
    pub(crate) html: Option<String>,
    /// The size of a sheet.
    #[oai(default)]
    pub(crate) format: PaperFormat,
    /// Which way a sheet is turned.
    #[oai(default)]
    pub(crate) orientation: Orientation,
    /// The white around the content.
    #[oai(default)]
    pub(crate) margin: Margin,
    /// Print backgrounds.
    #[oai(default = "yes")]
    pub(crate) print_background: bool,
    /// When the page is ready: `commit`, `dom_content_loaded`, `load`, `network_idle`, or a
    /// CSS selector that must match.
    #[oai(default = "dom_content_loaded", validator(max_length = 1024))]
    pub(crate) wait_for: String,
    /// What to settle for, tried once, where the page was not ready in time; else the
    /// render fails.
    pub(crate) timeout_fallback_to: Option<Milestone>,
    /// How long to linger once the page is ready, in milliseconds.
    #[oai(default, validator(maximum(value = "10000")))]
    pub(crate) delay_ms: u32,
    /// Scroll through the page once, so that images load which wait to be seen.
    #[oai(default)]
    pub(crate) scroll: bool,
    /// How long the whole render may take, in milliseconds, counted from its start.
    #[oai(default = "half_a_minute", validator(minimum(value = "1000"), maximum(value = "60000")))]
    pub(crate) timeout_ms: u32,
    /// `interactive` or `bulk`; unless sent, `bulk` for the jobs of a batch and else
    /// `interactive`.
    pub(crate) priority: Option<Priority>,
    /// Answer at once with a job to ask after, instead of waiting for the document.
    pub(crate) async_mode: Option<bool>,
    /// Another name of `async_mode`.
    #[oai(rename = "async")]
    pub(crate) async_alias: Option<bool>,
}

/// The size of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
pub(crate) enum PaperFormat {
    A0,
    A1,
    A2,
    A3,
    #[default]
    A4,
    A5,
    A6,
    Letter,
    Legal,
    Tabloid,
    Ledger,
}

/// Which way a sheet is turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum Orientation {
    #[default]
    Portrait,
    Landscape,
}

/// The white around the content: CSS lengths in px, in, cm, mm or pt.
#[derive(Debug, Clone, Object)]
pub(crate) struct Margin {
    #[oai(default = "centimetre")]
    pub(crate) top: String,
    #[oai(default = "centimetre")]
    pub(crate) right: String,
    #[oai(default = "centimetre")]
    pub(crate) bottom: String,
    #[oai(default = "centimetre")]
    pub(crate) left: String,
}

impl Default for Margin {
    fn default() -> Self {
        Self { top: centimetre(), right: centimetre(), bottom: centimetre(), left: centimetre() }
    }
}

fn centimetre() -> String {
    "1cm".to_owned()
}

fn yes() -> bool {
    true
}

impl Example for PdfRequest {
    fn example() -> Self {
        Self {
            url: None,
            html: Some("<h1>Invoice 42</h1><p>Thank you for your order.</p>".to_owned()),
            format: PaperFormat::A4,
            orientation: Orientation::Portrait,
            margin: Margin::default(),
            print_background: true,
            wait_for: dom_content_loaded(),
            timeout_fallback_to: None,
            delay_ms: 0,
            scroll: false,
            timeout_ms: half_a_minute(),
            priority: None,
            async_mode: None,
            async_alias: None,
        }
    }
}

impl PdfRequest {
    /// Reads it as a job, and whether to answer at once.
    pub(crate) fn parse(self, mut sent: Sent<'_>) -> Result<(NewJob, bool), Problem> {
        let page = sent.page(self.url, self.html)?;
        let ready = Ready {
            wait_for: self.wait_for,
            timeout_fallback_to: self.timeout_fallback_to,
            delay_ms: self.delay_ms,
            scroll: self.scroll,
            timeout_ms: self.timeout_ms,
        };
        ready.check(&mut sent);
        let lane = sent.lane(self.priority);
        let asynchronous = sent.asynchronous(self.async_mode, self.async_alias);
        let orientation = match self.orientation {
            Orientation::Portrait => render::Orientation::Portrait,
            Orientation::Landscape => render::Orientation::Landscape,
        };
        let background = if self.print_background { render::Background::Printed } else { render::Background::Omitted };
        let paper = self.format.into();
        let pdf = self.margin.parse(&mut sent).map(|margin| render::Pdf { paper, orientation, margin, background });
        if let Some((across, down)) = pdf.as_ref().map(render::Pdf::has_room) {
            for (roomy, sides) in [(across, "`left` and `right`"), (down, "`top` and `bottom`")] {
                if !roomy {
                    sent.wrong("margin", format!("leaves nothing to print on: {sides} fill the sheet"));
                }
            }
        }
        let (Some((page, html)), Some(pdf), true) = (page, pdf, sent.errors.is_empty()) else {
            return Err(Problem::invalid(sent.errors));
        };
        let output = render::Output::Pdf(pdf);
        Ok((NewJob { options: ready.options(page, output), html, lane }, asynchronous))
    }
}

impl Margin {
    fn parse(&self, sent: &mut Sent<'_>) -> Option<render::Margin> {
        let mut side = |name: &str, raw: &str| {
            Length::parse(raw).map_err(|bad| sent.wrong(&format!("margin.{name}"), bad.to_string())).ok()
        };
        let (top, right) = (side("top", &self.top), side("right", &self.right));
        let (bottom, left) = (side("bottom", &self.bottom), side("left", &self.left));
        Some(render::Margin { top: top?, right: right?, bottom: bottom?, left: left? })
    }
}

impl From<PaperFormat> for render::Paper {
    fn from(format: PaperFormat) -> Self {
        match format {
            PaperFormat::A0 => Self::A0,
            PaperFormat::A1 => Self::A1,
            PaperFormat::A2 => Self::A2,
            PaperFormat::A3 => Self::A3,
            PaperFormat::A4 => Self::A4,
            PaperFormat::A5 => Self::A5,
            PaperFormat::A6 => Self::A6,
            PaperFormat::Letter => Self::Letter,
            PaperFormat::Legal => Self::Legal,
            PaperFormat::Tabloid => Self::Tabloid,
            PaperFormat::Ledger => Self::Ledger,
        }
    }
}
