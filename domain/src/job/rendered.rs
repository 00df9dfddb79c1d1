//! The product of a render.

use serde::{Deserialize, Serialize};

use super::blocked::Blocked;
use super::report::RenderReport;

/// The product of a render.
#[derive(Debug)]
pub struct Rendered {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub content_type: &'static str,
    /// How long each phase took.
    pub timings: Timings,
    /// What the page was denied.
    pub blocked: Blocked,
    /// What the render reported.
    pub report: RenderReport,
    /// A small picture of the file for operators, in JPEG or WebP.
    pub thumbnail: Option<Vec<u8>>,
}

/// The largest thumbnail, in bytes. A larger one is not stored.
pub const MAX_THUMBNAIL_BYTES: usize = 48 * 1024;

/// How long each phase of a render took, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timings {
    /// The part of [`navigate_ms`](Self::navigate_ms) spent on resolving and connecting to
    /// the page's own host.
    #[serde(default)]
    pub connect_ms: u64,
    /// From the start until the response started to arrive.
    pub navigate_ms: u64,
    /// Until the page was ready, including `delay_ms`.
    pub wait_ms: u64,
    /// Until the file was made.
    pub capture_ms: u64,
    /// From start to end.
    #[serde(default)]
    pub total_ms: u64,
}
