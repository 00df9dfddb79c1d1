//! What the environment says about traces, by the names that OpenTelemetry has for it.

use std::env;

use opentelemetry_otlp::{ExporterBuildError, SpanExporter};
use opentelemetry_sdk::Resource;

const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
const PROTOCOLS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];

/// The environment asks for traces that cannot be exported. Correct what the message names.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The protocol is not built in.
    #[error("{0} must be `http/protobuf`, the only protocol that is supported, not `{1}`")]
    Protocol(&'static str, String),
    /// TLS is not built in.
    #[error("{0} must start with `http://`: run a collector on this host or network that adds TLS")]
    Scheme(&'static str),
    /// Another setting is wrong.
    #[error("OTEL_EXPORTER_OTLP_* is not valid: {0}")]
    Exporter(#[from] ExporterBuildError),
}

/// Where spans are exported to, and by whom.
pub(super) struct Settings {
    pub(super) exporter: SpanExporter,
    pub(super) resource: Resource,
    /// The collector without path and credentials, for the log.
    pub(super) host: String,
}

impl Settings {
    /// Returns `None` if spans are not to be exported.
    pub(super) fn from_env(service: &'static str) -> Result<Option<Self>, TraceError> {
        let is_disabled = set("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
            || set("OTEL_TRACES_EXPORTER").is_some_and(|value| value.eq_ignore_ascii_case("none"));
        let Some((name, endpoint)) = first(ENDPOINTS).filter(|_| !is_disabled) else { return Ok(None) };
        let host = check(name, &endpoint, first(PROTOCOLS))?;
        // The builder reads the variables. It creates its client on a thread of its own.
        let exporter = SpanExporter::builder().with_http().build()?;
        let is_named = set("OTEL_SERVICE_NAME").is_some()
            || set("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|value| value.contains("service.name="));
        let resource = Resource::builder();
        let resource = if is_named { resource } else { resource.with_service_name(service) };
        Ok(Some(Self { exporter, resource: resource.build(), host }))
    }
}

/// Returns the host of an endpoint that can be used.
fn check(name: &'static str, endpoint: &str, protocol: Option<(&'static str, String)>) -> Result<String, TraceError> {
    if let Some((name, protocol)) = protocol.filter(|(_, protocol)| protocol != "http/protobuf") {
        return Err(TraceError::Protocol(name, protocol));
    }
    let (scheme, rest) = endpoint.split_at_checked("http://".len()).ok_or(TraceError::Scheme(name))?;
    if !scheme.eq_ignore_ascii_case("http://") {
        return Err(TraceError::Scheme(name));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    Ok(authority.rsplit('@').next().unwrap_or_default().to_owned())
}

fn first(names: [&'static str; 2]) -> Option<(&'static str, String)> {
    names.into_iter().find_map(|name| Some((name, set(name)?)))
}

/// Returns a variable that is set and not empty.
fn set(name: &str) -> Option<String> {
    env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::check;

    const NAME: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

    #[test]
    fn an_endpoint_is_named_without_its_credentials() {
        for (endpoint, host) in [
            ("http://127.0.0.1:4318", "127.0.0.1:4318"),
            ("HTTP://user:secret@collector/v1/traces?token=x", "collector"),
            ("http://[::1]:4318/", "[::1]:4318"),
        ] {
            assert_eq!(check(NAME, endpoint, None).expect("valid"), host);
        }
    }

    #[test]
    fn what_cannot_work_is_refused_by_the_name_of_the_variable() {
        for (endpoint, protocol) in [
            ("https://collector:4318", None),
            ("collector:4317", None),
            ("é", None),
            ("http://collector", Some("grpc")),
            ("http://collector", Some("http/json")),
        ] {
            let error = check(NAME, endpoint, protocol.map(|value| (NAME, value.to_owned()))).expect_err(endpoint);

            assert!(error.to_string().starts_with(NAME), "{error}");
        }
        assert!(check(NAME, "http://collector", Some((NAME, "http/protobuf".to_owned()))).is_ok());
    }
}
