//! Warnings in responses.

use domain::job;
use poem_openapi::Object;

/// Something that a person should know of a result.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Warning {
    /// A stable, machine-readable code; later versions may add some.
    ///
    /// * `FONTS_LATE`: a font in use had not loaded in time, and another was used.
    /// * `REQUESTS_FAILED`: requests of the page failed; `count` says how many.
    /// * `ANIMATION_RUNNING`: an animation was still running.
    /// * `FALLBACK_USED`: `wait_for` timed out, and `timeout_fallback_to` was used.
    /// * `SCROLL_INCOMPLETE`: the page has no end, and scrolling stopped at its limit.
    /// * `CONTENT_SCALED`: a PDF was scaled down to fit the sheet; the message says by how much.
    /// * `CONTENT_CUT_OFF`: the content of a PDF is wider than the sheet even at scale 0.5.
    /// * `FRAMES_MISSING`: frames of the page are missing from the file.
    /// * `CLIP_TRIMMED`: `clip` reached beyond the page, and was trimmed to it.
    /// * `CLICK_NOT_FOUND`: no element matched a selector of `click_selectors`.
    pub(crate) code: String,
    /// A human-readable message.
    pub(crate) message: String,
    /// How many times it happened, where that can be counted.
    pub(crate) count: Option<u32>,
}

impl Warning {
    /// The warnings of a job; `None` if it has none.
    pub(crate) fn list(warnings: &job::Warnings) -> Option<Vec<Self>> {
        (!warnings.is_empty()).then(|| warnings.iter().map(Self::from).collect())
    }
}

impl From<&job::Warning> for Warning {
    fn from(warning: &job::Warning) -> Self {
        Self { code: warning.code.name().to_owned(), message: warning.message.clone(), count: warning.count }
    }
}
