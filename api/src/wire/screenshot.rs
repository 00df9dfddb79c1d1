//! A screenshot that is asked for.

use domain::job::NewJob;
use domain::render;
use poem_openapi::types::Example;
use poem_openapi::{Enum, Object};

use crate::problem::Problem;
use crate::wire::page::{Priority, Sent};
use crate::wire::ready::{Milestone, Ready, dom_content_loaded, half_a_minute};

/// A page to take a picture of.
///
/// Send exactly one of `url` and `html`.
#[derive(Debug, Clone, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub(crate) struct ScreenshotRequest {
    /// The address of the page: http or https, at most 8192 bytes.
    #[oai(validator(max_length = 8192))]
    pub(crate) url: Option<String>,
    /// The page itself, at most 5 MiB.
    pub(crate) html: Option<String>,
    /// The format of the picture.
    #[oai(default)]
    pub(crate) format: ImageFormat,
    /// The quality of a JPEG or WebP; ignored for PNG.
    #[oai(default = "eighty_five", validator(minimum(value = "1"), maximum(value = "100")))]
    pub(crate) quality: u8,
    /// The window in which the page is laid out.
    #[oai(default)]
    pub(crate) viewport: Viewport,
    /// Take the page from top to bottom instead of what the window shows.
    #[oai(default)]
    pub(crate) full_page: bool,
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
    /// Answer at once with a job to ask after, instead of waiting for the picture.
    pub(crate) async_mode: Option<bool>,
    /// Another name of `async_mode`.
    #[oai(rename = "async")]
    pub(crate) async_alias: Option<bool>,
}

/// The format of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum ImageFormat {
    /// Lossless.
    #[default]
    Png,
    /// Lossy, by `quality`.
    Jpeg,
    /// The same as `jpeg`.
    Jpg,
    /// Lossy, by `quality`, and smaller than `jpeg`. At most 16383 pixels tall.
    Webp,
}

/// A window, in CSS pixels.
#[derive(Debug, Clone, Object)]
pub(crate) struct Viewport {
    /// Its width.
    #[oai(default = "Viewport::default_width", validator(minimum(value = "1"), maximum(value = "3840")))]
    pub(crate) width: u32,
    /// Its height.
    #[oai(default = "Viewport::default_height", validator(minimum(value = "1"), maximum(value = "2160")))]
    pub(crate) height: u32,
    /// Device pixels per CSS pixel.
    #[oai(default = "Viewport::default_scale", validator(minimum(value = "0.5"), maximum(value = "3.0")))]
    pub(crate) device_scale_factor: f64,
}

impl Default for Viewport {
    fn default() -> Self {
        Self {
            width: Self::default_width(),
            height: Self::default_height(),
            device_scale_factor: Self::default_scale(),
        }
    }
}

impl Viewport {
    fn default_width() -> u32 {
        1280
    }

    fn default_height() -> u32 {
        720
    }

    fn default_scale() -> f64 {
        1.0
    }
}

impl Example for ScreenshotRequest {
    fn example() -> Self {
        Self {
            url: None,
            html: Some("<h1 style=\"font: 64px sans-serif; text-align: center\">Hello from Tintype</h1>".to_owned()),
            format: ImageFormat::Png,
            quality: eighty_five(),
            viewport: Viewport::default(),
            full_page: false,
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

fn eighty_five() -> u8 {
    85
}

impl ScreenshotRequest {
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
        let (Some((page, html)), true) = (page, sent.errors.is_empty()) else {
            return Err(Problem::invalid(sent.errors));
        };
        let format = match self.format {
            ImageFormat::Png => render::ImageFormat::Png,
            ImageFormat::Jpeg | ImageFormat::Jpg => render::ImageFormat::Jpeg { quality: self.quality },
            ImageFormat::Webp => render::ImageFormat::Webp { quality: self.quality },
        };
        let viewport = render::Viewport {
            width: self.viewport.width,
            height: self.viewport.height,
            device_scale_factor: self.viewport.device_scale_factor,
        };
        let area = if self.full_page { render::Area::FullPage } else { render::Area::Viewport };
        let output = render::Output::Screenshot(render::Screenshot { format, viewport, area });
        Ok((NewJob { options: ready.options(page, output), html, lane }, asynchronous))
    }
}
