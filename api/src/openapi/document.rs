//! The document that is served, committed, validated against and passed to generators.

use serde_json::Value;

use crate::error::body::FieldError;
#[cfg(test)]
use crate::openapi::reachable;
use crate::openapi::reference::{self, Examples};
use crate::openapi::validate::Validated;
use crate::openapi::{lookup, parameters, patch, validate};

/// The OpenAPI document of this API.
#[derive(Debug)]
pub(crate) struct ApiDocument(Value);

impl ApiDocument {
    /// Patches and completes a document emitted by poem-openapi. The tags are shown in the given
    /// order.
    pub(crate) fn from_emitted(emitted: &str, tags: &[&str], examples: &Examples) -> Self {
        let mut document = patch::patch(serde_json::from_str(emitted).unwrap_or_default(), tags);
        reference::complete(&mut document, examples);
        Self(document)
    }

    /// The document as JSON, as it is committed.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string_pretty(&self.0).unwrap_or_default()
    }

    /// The document as YAML.
    pub(crate) fn to_yaml(&self) -> String {
        yaml_serde::to_string(&self.0).unwrap_or_default()
    }

    /// Returns the methods that a path supports, for `Allow`, or `None` if the document
    /// does not contain the path.
    pub(crate) fn allowed_methods(&self, path: &str) -> Option<String> {
        lookup::allowed_methods(&self.0, path)
    }

    /// Returns the path template that a path matches, such as `/v1/jobs/{job_id}`.
    pub(crate) fn template(&self, path: &str) -> Option<&str> {
        lookup::template(&self.0, path)
    }

    /// Validates the query parameters of an operation and returns all errors.
    pub(crate) fn validate_query(&self, path: &str, method: &str, given: &[(String, String)]) -> Vec<FieldError> {
        parameters::validate(&self.0, path, method, given)
    }

    /// Validates a value against a named schema.
    pub(crate) fn validate(&self, schema: &str, value: Value) -> Validated {
        validate::validate(&self.0, schema, value)
    }

    #[cfg(test)]
    pub(crate) fn value(&self) -> &Value {
        &self.0
    }

    /// Returns the keywords of request schemas that the validator does not enforce.
    #[cfg(test)]
    pub(crate) fn unenforced_keywords(&self) -> Vec<String> {
        let schemas = reachable::from_requests(&self.0);
        schemas.iter().filter_map(|pointer| self.0.pointer(pointer)).flat_map(validate::unenforced_keywords).collect()
    }
}
