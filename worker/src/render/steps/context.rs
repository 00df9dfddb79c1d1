//! The state that every step of a render uses.

use std::sync::{Mutex, PoisonError};

use domain::job::{Warning, WarningCode, Warnings};
use domain::options::Options;
use serde_json::Value;
use tokio::time::Instant;

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
