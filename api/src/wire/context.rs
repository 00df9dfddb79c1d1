//! The context in which a request is parsed.

use domain::egress::Policy;
use domain::job::Lane;

use crate::error::body::FieldError;

/// The context in which the options of one job are parsed. Collects all errors.
pub(crate) struct ParseContext<'a> {
    /// The path of the job within the body, such as `jobs[3].`.
    pub(crate) prefix: &'a str,
    pub(crate) policy: &'a Policy,
    /// The lane of the job unless it has a `priority`.
    pub(crate) default_lane: Lane,
    pub(crate) errors: Vec<FieldError>,
}

impl<'a> ParseContext<'a> {
    /// The context of a job that is the whole body.
    pub(crate) fn single(policy: &'a Policy) -> Self {
        Self { prefix: "", policy, default_lane: Lane::Interactive, errors: Vec::new() }
    }

    /// The context of a job in a batch.
    pub(crate) fn in_batch(prefix: &'a str, policy: &'a Policy) -> Self {
        Self { prefix, policy, default_lane: Lane::Bulk, errors: Vec::new() }
    }

    /// Reports an error in a field of the job.
    pub(crate) fn error(&mut self, field: &str, message: impl Into<String>) {
        let field = self.path(field);
        self.errors.push(FieldError::new(field, message));
    }

    /// Returns the path of a field of the job within the body.
    pub(crate) fn path(&self, field: &str) -> String {
        format!("{}{field}", self.prefix)
    }
}
