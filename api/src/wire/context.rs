//! The context in which a request is parsed.

use std::fmt::Display;

use domain::egress::Policy;
use domain::job::Lane;
use domain::secret::Keyring;

use crate::error::body::FieldError;

/// What the conversion of requests depends on, besides the requests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Environment<'a> {
    /// Which targets are denied.
    pub(crate) policy: &'a Policy,
    /// Seals the secrets of jobs.
    pub(crate) keyring: &'a Keyring,
}

/// The context in which the options of one job are parsed. Collects all errors.
pub(crate) struct ParseContext<'a> {
    /// The path of the job within the body, such as `jobs[3].`.
    pub(crate) prefix: &'a str,
    pub(crate) environment: Environment<'a>,
    /// The lane of the job unless it has a `priority`.
    pub(crate) default_lane: Lane,
    pub(crate) errors: Vec<FieldError>,
}

impl<'a> ParseContext<'a> {
    /// The context of a job that is the whole body.
    pub(crate) fn single(environment: Environment<'a>) -> Self {
        Self { prefix: "", environment, default_lane: Lane::Interactive, errors: Vec::new() }
    }

    /// The context of a job in a batch.
    pub(crate) fn in_batch(prefix: &'a str, environment: Environment<'a>) -> Self {
        Self { prefix, environment, default_lane: Lane::Bulk, errors: Vec::new() }
    }

    /// Reports an error in a field of the job.
    pub(crate) fn error(&mut self, field: &str, message: impl Into<String>) {
        let field = self.path(field);
        self.errors.push(FieldError::new(field, message));
    }

    /// Returns a value that was parsed, or reports why it is invalid.
    pub(crate) fn check<T, E: Display>(&mut self, field: &str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|error| self.error(field, error.to_string())).ok()
    }

    /// Returns the path of a field of the job within the body.
    pub(crate) fn path(&self, field: &str) -> String {
        format!("{}{field}", self.prefix)
    }
}
