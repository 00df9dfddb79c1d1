//! The configuration of a driver, and its report. A driver is a program: ours for the raw loops, one in
//! JavaScript for each peer (`peers/renderer.mjs`).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::kind::Output;

/// The configuration of a driver.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DriverConfig {
    /// The browser's binary.
    pub(crate) chromium: PathBuf,
    /// The flags for the raw loops; peers have flags of their own.
    pub(crate) flags: Vec<String>,
    /// A directory for the driver.
    pub(crate) dir: PathBuf,
    /// How the raw loops render.
    pub(crate) raw: RawOptions,
    /// Concurrent renders.
    pub(crate) at_once: usize,
    /// The output of each page.
    pub(crate) output: Output,
    /// The minimum size of a good file, in bytes.
    pub(crate) min_bytes: usize,
    /// The pages to render, in turn.
    pub(crate) targets: Vec<Target>,
    /// The index of the first page.
    pub(crate) first: usize,
    /// The number of renders for warming up.
    pub(crate) warm: usize,
}

/// How a raw loop renders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RawOptions {
    /// Its pages.
    pub(crate) page: Page,
    /// Its browsers.
    pub(crate) browsers: Browsers,
    /// Whether PNGs are compressed for speed.
    pub(crate) speed: Speed,
    /// Which of Tintype's flags its browsers have.
    pub(crate) flags: Flags,
}

/// The pages of a raw loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Page {
    /// A context and a target for each render.
    Fresh,
    /// One page that is navigated from site to site.
    Reused,
    /// One page that is navigated from origin to origin of one site; the client supplies the documents.
    Supplied,
}

/// The number of browser processes of a raw loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Browsers {
    /// One for all slots.
    One,
    /// One for each slot.
    PerSlot,
}

/// Which of Tintype's flags the browsers of a raw loop have, besides those for the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Flags {
    /// Those for safety.
    Safe,
    /// Those for safety and for speed.
    Fast,
}

/// How PNGs are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Speed {
    /// As Chromium does by default.
    Default,
    /// With `optimizeForSpeed`.
    Optimized,
}

/// A page to render.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Target {
    /// Its URL.
    pub(crate) url: String,
    /// Its HTML, if it is sent with the job.
    pub(crate) html: Option<String>,
    /// The number of pages of its PDF.
    pub(crate) pages: usize,
}

/// What a driver reports.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// The time from the start of the first render to the end of the last.
    pub(crate) seconds: f64,
    /// The duration of each render, in milliseconds. Empty if single renders were not timed.
    pub(crate) millis: Vec<f64>,
    /// The size of each file.
    pub(crate) bytes: Vec<usize>,
    /// The errors of renders that do not count.
    pub(crate) faults: Vec<String>,
}

impl Outcome {
    /// Adds one render.
    pub(crate) fn add(&mut self, config: &DriverConfig, target: &Target, millis: f64, file: anyhow::Result<Vec<u8>>) {
        let checked = file.map_err(|error| format!("{error:#}")).and_then(|file| {
            let fault = config.output.fault(config.min_bytes, target.pages, &file);
            fault.map_or(Ok(file.len()), Err)
        });
        match checked {
            Ok(bytes) => {
                self.millis.push(millis);
                self.bytes.push(bytes);
            }
            Err(fault) => self.faults.push(fault.chars().take(200).collect()),
        }
    }

    /// Adds what another slot rendered.
    pub(crate) fn merge(&mut self, other: Self) {
        self.millis.extend(other.millis);
        self.bytes.extend(other.bytes);
        self.faults.extend(other.faults);
    }
}
