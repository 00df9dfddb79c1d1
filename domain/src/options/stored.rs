//! Options as they are stored: the shape of the `options` column.
//!
//! Two versions run side by side during an upgrade, and an idempotency key lives for a day.
//! So shapes that earlier versions stored are still read, and what is added later is stored
//! only if it is not at its default: an earlier version can then read every job that does
//! not use it, and the fingerprint of a repeated call stays the same.

use serde::{Deserialize, Serialize};

use super::output::Output;
use super::output::screenshot::{Area, Backdrop, ImageFormat, Screenshot};
use super::readiness::{DEFAULT_TIMEOUT_MS, Milestone, Readiness, Scroll, WaitFor};
use super::stored_pdf::{StoredPdf, is_default};
use super::target::{Source, TargetUrl};
use super::viewport::Viewport;
use super::{Block, Emulation, Inject, Network, Options};

/// The target and the options of a job. The `html` is stored apart, in `source`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredOptions {
    page: StoredTarget,
    #[serde(default)]
    wait_for: WaitFor,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timeout_fallback_to: Option<Milestone>,
    #[serde(default)]
    delay_ms: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    scroll: Scroll,
    #[serde(default = "default_timeout_ms", skip_serializing_if = "is_default_timeout_ms")]
    timeout_ms: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    emulation: Emulation,
    #[serde(default, skip_serializing_if = "is_default")]
    network: Network,
    #[serde(default, skip_serializing_if = "is_default")]
    inject: Inject,
    #[serde(default, skip_serializing_if = "is_default")]
    block: Block,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base_url: Option<TargetUrl>,
    output: StoredOutput,
}

/// The stored form of [`Source`]: the URL, or only that there is a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredTarget {
    /// The browser navigates to it.
    Url(TargetUrl),
    /// The document is in `source`.
    Html,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredOutput {
    Screenshot(StoredScreenshot),
    Pdf(Box<StoredPdf>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredScreenshot {
    format: ImageFormat,
    viewport: Viewport,
    area: Area,
    #[serde(default, skip_serializing_if = "is_default")]
    backdrop: Backdrop,
}

impl StoredOptions {
    /// The stored form of a new job's source and options.
    pub fn new(source: &Source, options: &Options) -> Self {
        let Options { readiness, viewport, emulation, network, inject, block, base_url, output } = options.clone();
        let Readiness { wait_for, timeout_fallback_to, delay_ms, scroll, timeout_ms } = readiness;
        let page = match source {
            Source::Url(url) => StoredTarget::Url(url.clone()),
            Source::Html(_) => StoredTarget::Html,
        };
        let output = match output {
            Output::Screenshot(Screenshot { format, area, backdrop }) => {
                StoredOutput::Screenshot(StoredScreenshot { format, viewport, area, backdrop })
            }
            Output::Pdf(pdf) => StoredOutput::Pdf(Box::new(pdf.into())),
        };
        Self {
            page,
            wait_for,
            timeout_fallback_to,
            delay_ms,
            scroll,
            timeout_ms,
            emulation,
            network,
            inject,
            block,
            base_url,
            output,
        }
    }

    /// The target and the options that were stored.
    pub fn into_parts(self) -> (StoredTarget, Options) {
        let Self { page, wait_for, timeout_fallback_to, delay_ms, scroll, timeout_ms, .. } = self;
        let Self { emulation, network, inject, block, base_url, output, .. } = self;
        let readiness = Readiness { wait_for, timeout_fallback_to, delay_ms, scroll, timeout_ms };
        let (viewport, output) = match output {
            StoredOutput::Screenshot(StoredScreenshot { format, viewport, area, backdrop }) => {
                (viewport, Output::Screenshot(Screenshot { format, area, backdrop }))
            }
            StoredOutput::Pdf(pdf) => (Viewport::default(), Output::Pdf((*pdf).into())),
        };
        (page, Options { readiness, viewport, emulation, network, inject, block, base_url, output })
    }
}

fn default_timeout_ms() -> u32 {
    DEFAULT_TIMEOUT_MS
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_default_timeout_ms(timeout_ms: &u32) -> bool {
    *timeout_ms == DEFAULT_TIMEOUT_MS
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        DEFAULT_TIMEOUT_MS, Options, Output, Readiness, Scroll, Source, StoredOptions, StoredPdf, StoredTarget,
    };
    use crate::options::{Length, Margin, Orientation, Paper, Pdf};

    fn stored() -> Value {
        let viewport = json!({"width": 1280, "height": 720, "device_scale_factor": 1.0});
        let screenshot = json!({"format": "png", "viewport": viewport, "area": "viewport"});
        json!({"page": "html", "wait_for": "load", "delay_ms": 5, "output": {"screenshot": screenshot}})
    }

    fn pdf() -> Value {
        let margin = json!({"top": 1.0, "right": 1.0, "bottom": 1.0, "left": 1.0});
        let pdf = json!({"paper": "A4", "orientation": "portrait", "margin": margin, "background": "printed"});
        json!({"page": {"url": "https://example.com/"}, "wait_for": "load", "delay_ms": 0, "output": {"pdf": pdf}})
    }

    fn with(name: &str, value: Value) -> Value {
        let mut stored = stored();
        stored.as_object_mut().expect("an object").insert(name.to_owned(), value);
        stored
    }

    fn read(stored: Value) -> (StoredTarget, Options) {
        serde_json::from_value::<StoredOptions>(stored).expect("stored options").into_parts()
    }

    /// Reads what was stored and stores it again, through the types that the rest uses.
    fn store_again(stored: Value) -> Value {
        let (target, options) = read(stored);
        let source = match target {
            StoredTarget::Url(url) => Source::Url(url),
            StoredTarget::Html => Source::Html(String::new()),
        };
        serde_json::to_value(StoredOptions::new(&source, &options)).expect("json")
    }

    #[test]
    fn options_of_the_first_version_have_the_defaults_of_what_came_later() {
        let (_, options) = read(stored());

        let Readiness { timeout_ms, timeout_fallback_to, scroll, .. } = options.readiness;
        assert_eq!((timeout_ms, timeout_fallback_to, scroll), (DEFAULT_TIMEOUT_MS, None, Scroll::No));
    }

    #[test]
    fn options_that_the_first_version_had_are_stored_in_its_shape() {
        assert_eq!(store_again(stored()), stored());
        assert_eq!(store_again(pdf()), pdf());
    }

    #[test]
    fn every_option_is_read_as_it_was_stored() {
        for (name, value) in [
            ("wait_for", json!("network_idle")),
            ("wait_for", json!({"selector": "#ready"})),
            ("timeout_fallback_to", json!("commit")),
            ("timeout_ms", json!(1000)),
            ("scroll", json!("through")),
            ("emulation", json!({"dark_mode": true})),
            ("emulation", json!({"reduced_motion": true})),
            ("base_url", json!("https://example.com/a/")),
        ] {
            assert_eq!(store_again(with(name, value.clone())), with(name, value), "{name}");
        }
    }

    #[test]
    fn what_a_request_says_of_the_paper_is_distinguished_from_the_defaults() {
        let default = read(pdf()).1.output;
        let Output::Pdf(default) = default else { panic!("a PDF") };
        assert_eq!(default, Pdf { margin: default.margin, ..Pdf::new() });
        let centimetre = Margin { top: Some(Length::CENTIMETRE), ..Margin::default() };
        for pdf in [
            Pdf::new(),
            Pdf { paper: Some(Paper::A4), ..Pdf::new() },
            Pdf { paper: Some(Paper::Letter), ..Pdf::new() },
            Pdf { orientation: Some(Orientation::Portrait), ..Pdf::new() },
            Pdf { orientation: Some(Orientation::Landscape), ..Pdf::new() },
            Pdf { margin: centimetre, ..Pdf::new() },
            Pdf { prefer_css_page_size: true, ..Pdf::new() },
        ] {
            let stored = StoredPdf::from(pdf.clone());
            let json = serde_json::to_string(&stored).expect("json");

            let read: StoredPdf = serde_json::from_str(&json).expect("a stored PDF");

            let read = Pdf::from(read);
            let sent = |margin: Margin<Option<Length>>| margin.map(|length| length.is_some());
            assert_eq!(sent(read.margin), sent(pdf.margin));
            assert_eq!(Pdf { margin: pdf.margin, ..read }, pdf);
        }
    }

    #[test]
    fn unknown_options_are_an_error() {
        for (name, value) in [
            ("wait_for", json!("selector")),
            ("wait_for", json!({"selektor": "p"})),
            ("timeout_fallback_to", json!({"selector": "p"})),
            ("emulation", json!({"hologram": true})),
            ("hologram", json!(true)),
        ] {
            assert!(serde_json::from_value::<StoredOptions>(with(name, value)).is_err(), "{name}");
        }
    }
}
