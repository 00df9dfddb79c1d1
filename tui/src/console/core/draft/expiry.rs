//! For how long results are extended.

use domain::id::JobId;
use domain::result::MAX_HOURS;

use super::field::{FieldError, FieldSpec};
use crate::console::core::write::{ExpiryVerb, ExpiryWrite};

/// Results that are extended by a number of hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExpiryDraft {
    /// The jobs that the results are of.
    pub(crate) jobs: Vec<JobId>,
}

impl ExpiryDraft {
    pub(super) fn title(&self) -> String {
        match self.jobs.as_slice() {
            [job] => format!("Extend the result of {job}"),
            jobs => format!("Extend {} results", jobs.len()),
        }
    }

    pub(super) fn fields() -> Vec<FieldSpec> {
        let help = format!("1 to {MAX_HOURS}; at most what the ring can keep");
        vec![FieldSpec { label: "hours", help, value: MAX_HOURS.to_string() }]
    }

    pub(super) fn fill(&self, values: &[String]) -> Result<ExpiryWrite, FieldError> {
        let hours = values.first().and_then(|text| text.parse().ok()).filter(|hours| (1..=MAX_HOURS).contains(hours));
        let hours =
            hours.ok_or_else(|| FieldError { field: 0, message: format!("type a number from 1 to {MAX_HOURS}") })?;
        Ok(ExpiryWrite { verb: ExpiryVerb::Extend(hours), jobs: self.jobs.clone(), reason: String::new() })
    }
}
