//! Rules of a request that its schema cannot express, for requests with other errors.

use poem_openapi::types::ParseFromJSON;

use crate::error::body::FieldError;
use crate::openapi::validate::{MAX_ERRORS, Validated};
use crate::wire::context::{Environment, ParseContext};
use crate::wire::request::bulk::BulkRequest;
use crate::wire::request::pdf::PdfRequest;
use crate::wire::request::screenshot::ScreenshotRequest;

/// A body of a request.
pub(crate) trait Semantics: ParseFromJSON {
    /// Returns the errors that only the conversion to domain values finds. A route converts the
    /// request itself: this is called for requests that have errors already, so that all errors
    /// are reported at once.
    fn semantic_errors(self, _environment: Environment<'_>) -> Vec<FieldError> {
        Vec::new()
    }
}

impl Semantics for ScreenshotRequest {
    fn semantic_errors(self, environment: Environment<'_>) -> Vec<FieldError> {
        self.parse(ParseContext::single(environment)).err().map(|problem| problem.errors).unwrap_or_default()
    }
}

impl Semantics for PdfRequest {
    fn semantic_errors(self, environment: Environment<'_>) -> Vec<FieldError> {
        self.parse(ParseContext::single(environment)).err().map(|problem| problem.errors).unwrap_or_default()
    }
}

impl Semantics for BulkRequest {
    fn semantic_errors(self, environment: Environment<'_>) -> Vec<FieldError> {
        let jobs = self.jobs.into_iter().enumerate();
        jobs.filter_map(|(index, job)| job.parse(index, environment).err()).flat_map(|problem| problem.errors).collect()
    }
}

/// Returns all errors of a request that does not match its schema: those of the schema, and those
/// that its valid fields have besides.
pub(super) fn all_errors<T: Semantics>(validated: Validated, environment: Environment<'_>) -> Vec<FieldError> {
    let Validated { value, mut errors, rejected } = validated;
    let parsed = T::parse_from_json(Some(value)).ok();
    let others = parsed.map(|body| body.semantic_errors(environment)).unwrap_or_default();
    errors.extend(others.into_iter().filter(|error| !rejected.iter().any(|path| is_about(error, path))));
    errors.truncate(MAX_ERRORS);
    errors
}

/// Whether an error is only there because the field at `path` is missing: it is in that field, in
/// a part of it or in the object around it, or its message mentions the field.
fn is_about(error: &FieldError, path: &str) -> bool {
    let (job, name) = match path.split_once("].") {
        Some((job, name)) => (format!("{job}]."), name),
        None => (String::new(), path),
    };
    let Some(field) = error.field.strip_prefix(&job) else { return false };
    let first = name.split(['.', '[']).next().unwrap_or_default();
    is_within(field, name) || is_within(name, field) || error.message.contains(&format!("`{first}`"))
}

fn is_within(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::is_about;
    use crate::error::body::FieldError;

    #[test]
    fn an_error_that_follows_from_a_missing_field_is_not_reported() {
        for (field, message, path, expected) in [
            ("url", "is required, unless `html` is sent", "html", true),
            ("url", "is required, unless `html` is sent", "url", true),
            ("url", "is required, unless `html` is sent", "quality", false),
            ("jobs[1].url", "is required, unless `html` is sent", "jobs[1].html", true),
            ("jobs[1].url", "is required, unless `html` is sent", "jobs[2].html", false),
            ("margin.top", "must be a length", "margin.left", false),
            ("margin", "leaves no printable area", "margin.left", true),
            ("margin.left", "must be a length", "margin", true),
            ("marginal", "must be a length", "margin", false),
            ("delay_ms", "must be at most 5000, the `timeout_ms` of the whole render", "timeout_ms", true),
        ] {
            assert_eq!(is_about(&FieldError::new(field, message), path), expected, "{field} {path}");
        }
    }
}
