//! The state that every step of a render uses.

use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, PoisonError};

use domain::job::{Warning, WarningCode, Warnings};
use domain::options::Options;
use serde_json::Value;
use tokio::time::Instant;

use crate::blocklist::ChosenLists;
use crate::cdp::CallError;
use crate::egress::EgressSession;
use crate::render::page::{Page, evaluate};

/// The state that every step of a render uses.
pub(crate) struct StepContext<'a> {
    pub(crate) options: &'a Options,
    pub(crate) page: Page,
    pub(crate) egress: &'a EgressSession,
    /// The host at which the document of an html job is served.
    pub(crate) html_host: Option<String>,
    /// The end of the render.
    pub(crate) deadline: Instant,
    pub(crate) warnings: Mutex<Warnings>,
    /// How many of the clicks and the `js` of the request have been done. In a page that they navigate
    /// to they would be wrong, and might never end.
    pub(crate) steps_done: AtomicUsize,
    pub(crate) blocklist: ChosenLists,
}

impl StepContext<'_> {
    /// Adds a warning to the job's report.
    pub(crate) fn warn(&self, code: WarningCode, message: impl Into<String>) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(Warning::new(code, message));
    }

    /// Returns the warnings so far.
    pub(crate) fn warnings(&self) -> Warnings {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Calls one of our scripts in the page.
    pub(crate) async fn call(&self, script: &str, arguments: &[Value]) -> Result<Value, CallError> {
        evaluate::call(&self.page, script, arguments).await
    }
}
