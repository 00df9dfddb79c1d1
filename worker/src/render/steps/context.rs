//! The state that every step of a render uses.

use domain::options::Options;
use tokio::time::Instant;

use crate::egress::EgressSession;
use crate::render::page::Page;

/// The state that every step of a render uses.
pub(crate) struct StepContext<'a> {
    pub(crate) options: &'a Options,
    pub(crate) page: Page,
    pub(crate) egress: &'a EgressSession,
    /// The host at which the document of an html job is served.
    pub(crate) html_host: Option<String>,
    /// The end of the render.
    pub(crate) deadline: Instant,
}
