//! Traces: spans that are exported by OTLP over HTTP, if `OTEL_EXPORTER_OTLP_ENDPOINT` is set.
//!
//! Without it nothing is started, and a [`Span`] is empty. Spans wait in a bounded queue, and one thread
//! exports them: a collector that is slow or away costs spans, never time.

mod context;
mod exporter;
mod settings;

pub use context::TraceContext;
pub(crate) use exporter::LOST;
pub use settings::TraceError;

use std::borrow::Cow;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Span as _, SpanBuilder, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

use exporter::{Deliveries, Exporter};
use settings::Settings;

/// How long the last spans may take when the process ends.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// Exports what is left when it is dropped, for at most 2 s.
#[derive(Debug)]
#[must_use = "spans are exported until it is dropped"]
pub struct Exporting(Option<(SdkTracerProvider, Deliveries)>);

/// Who takes part in a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// It answers a request.
    Server,
    /// It processes what was put into a queue.
    Consumer,
    /// It is a part of another span.
    Internal,
}

/// A span that has not ended. It is empty while spans are not exported, and records nothing if its trace
/// is not sampled.
#[derive(Debug, Default)]
pub struct Span(Option<opentelemetry_sdk::trace::Span>);

/// Exports spans from now on if the environment asks for it, with this `service.name` unless the
/// environment has another.
pub fn install(service: &'static str) -> Result<Exporting, TraceError> {
    let Some(settings) = Settings::from_env(service)? else { return Ok(Exporting(None)) };
    let (exporter, deliveries) = Exporter::new(settings.exporter);
    let builder = SdkTracerProvider::builder().with_resource(settings.resource);
    let provider = builder.with_span_processor(exporter).build();
    // A second call, which no program makes, would keep the first tracer.
    let tracer = TRACER.get_or_init(|| provider.tracer("tintype"));
    tracing::info!(sampler = ?tracer, endpoint = settings.host, "exporting traces");
    Ok(Exporting(Some((provider, deliveries))))
}

impl Drop for Exporting {
    fn drop(&mut self) {
        let Some((provider, deliveries)) = self.0.take() else { return };
        let ended = provider.shutdown_with_timeout(FLUSH_TIMEOUT);
        let lost = deliveries.undelivered();
        if lost > 0 {
            let why = ended.err().map(|error| error.to_string()).unwrap_or_default();
            tracing::warn!(spans = lost, why, "spans were not exported: the collector was away or too slow");
        }
    }
}

impl Span {
    /// Starts a span at a time that may be past. Without a parent it starts a trace.
    pub fn start(
        name: impl Into<Cow<'static, str>>,
        kind: SpanKind,
        parent: Option<&TraceContext>,
        at: SystemTime,
    ) -> Self {
        let Some(tracer) = TRACER.get() else { return Self(None) };
        let kind = match kind {
            SpanKind::Server => opentelemetry::trace::SpanKind::Server,
            SpanKind::Consumer => opentelemetry::trace::SpanKind::Consumer,
            SpanKind::Internal => opentelemetry::trace::SpanKind::Internal,
        };
        let parent =
            parent.map_or_else(Context::new, |parent| Context::new().with_remote_span_context(parent.0.clone()));
        let builder = SpanBuilder::from_name(name).with_kind(kind).with_start_time(at);
        Self(Some(tracer.build_with_context(builder, &parent)))
    }

    /// Returns what its children and other processes refer to, or `None` if it is empty.
    pub fn context(&self) -> Option<TraceContext> {
        self.0.as_ref().map(|span| TraceContext(span.span_context().clone()))
    }

    /// Adds an attribute, if there is a value.
    pub fn set(&mut self, name: &'static str, value: Option<impl Into<Value>>) {
        if let (Some(span), Some(value)) = (&mut self.0, value) {
            span.set_attribute(KeyValue::new(name, value));
        }
    }

    /// Marks it as failed.
    pub fn fail(&mut self, why: impl Into<Cow<'static, str>>) {
        if let Some(span) = &mut self.0 {
            span.set_status(Status::error(why));
        }
    }

    /// Ends it at a time that may be past.
    pub fn end(self, at: SystemTime) {
        if let Some(mut span) = self.0 {
            span.end_with_timestamp(at);
        }
    }
}
