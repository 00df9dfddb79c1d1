//! What a driver is ordered to render, and what it tells of it. A driver is a program: ours for the raw loops, one in
//! JavaScript for each peer (`peers/renderer.mjs`).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::kind::Output;

/// What a driver is ordered to render.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The browser's binary.
    pub(crate) chromium: PathBuf,
    /// What the raw loops tell it: peers have flags of their own.
    pub(crate) flags: Vec<String>,
    /// A folder of the driver's own.
    pub(crate) folder: PathBuf,
    /// How the raw loops render.
    pub(crate) manner: Manner,
    /// How many renders at once.
    pub(crate) at_once: usize,
    /// What is made of each page.
    pub(crate) output: Output,
    /// Fewer bytes than a good file has.
    pub(crate) least_bytes: usize,
    /// What is rendered, in turn.
    pub(crate) targets: Vec<Target>,
    /// The number of the first.
    pub(crate) first: usize,
    /// How many renders precede those that count.
    pub(crate) warm: usize,
}

/// How a raw loop renders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manner {
    /// In what.
    pub(crate) page: Page,
    /// By how many browsers.
    pub(crate) browsers: Browsers,
    /// Whether PNGs are compressed for speed.
    pub(crate) speed: Speed,
    /// Which flags of Tintype's browsers its own have.
    pub(crate) flags: Flags,
}

/// In what a raw loop renders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Page {
    /// A context and a target of each render's own.
    Fresh,
    /// A page that is navigated from site to site.
    Reused,
    /// A page that is navigated from origin to origin of one site, where documents are given.
    Given,
}

/// How many browser processes a raw loop has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Browsers {
    /// One for all.
    One,
    /// One for each render at a time.
    PerSlot,
}

/// Which flags of Tintype's browsers those of a raw loop have, the proxy's apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Flags {
    /// Those for safety.
    Safe,
    /// And those for speed.
    Fast,
}

/// How PNGs are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Speed {
    /// As Chromium does.
    Usual,
    /// `optimizeForSpeed`.
    Optimized,
}

/// Something to render.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Target {
    /// Where it is.
    pub(crate) url: String,
    /// What it is, where it is given.
    pub(crate) html: Option<String>,
    /// How many pages a PDF of it has.
    pub(crate) pages: usize,
}

/// How it went.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// From the start of the first render to the end of the last.
    pub(crate) seconds: f64,
    /// Of each render, in milliseconds. None where nobody waits for a single one.
    pub(crate) millis: Vec<f64>,
    /// Of each file.
    pub(crate) bytes: Vec<usize>,
    /// What was wrong with renders that do not count.
    pub(crate) faults: Vec<String>,
}

impl Outcome {
    /// Notes one render.
    pub(crate) fn note(&mut self, order: &Order, target: &Target, millis: f64, file: anyhow::Result<Vec<u8>>) {
        let checked = file.map_err(|error| format!("{error:#}")).and_then(|file| {
            let fault = order.output.fault(order.least_bytes, target.pages, &file);
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

    /// Adds what another slot did.
    pub(crate) fn add(&mut self, other: Self) {
        self.millis.extend(other.millis);
        self.bytes.extend(other.bytes);
        self.faults.extend(other.faults);
    }
}
