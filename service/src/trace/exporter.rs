//! The exporter: a queue and a thread of OpenTelemetry's, and a count of what was lost on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor};

/// The counter of spans whose export failed.
pub(crate) const LOST: &str = "tintype_trace_spans_lost_total";

/// Counts the spans that end, and hands them to the queue, which drops them if it is full.
#[derive(Debug)]
pub(super) struct Exporter {
    queue: BatchSpanProcessor,
    deliveries: Deliveries,
}

/// How many spans have ended, and how many of them a collector has taken. Clones share the counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Deliveries(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    ended: AtomicU64,
    delivered: AtomicU64,
    is_failing: AtomicBool,
}

/// Sends batches of spans to a collector. An outage is logged when it begins and when it ends.
#[derive(Debug)]
struct Sender<E> {
    exporter: E,
    deliveries: Deliveries,
}

impl Exporter {
    pub(super) fn new(exporter: impl SpanExporter + 'static) -> (Self, Deliveries) {
        let deliveries = Deliveries::default();
        let sender = Sender { exporter, deliveries: deliveries.clone() };
        let queue = BatchSpanProcessor::builder(sender).build();
        (Self { queue, deliveries: deliveries.clone() }, deliveries)
    }
}

impl Deliveries {
    /// Returns how many spans no collector has taken.
    pub(super) fn undelivered(&self) -> u64 {
        self.0.ended.load(Ordering::Relaxed).saturating_sub(self.0.delivered.load(Ordering::Relaxed))
    }

    fn record(&self, spans: u64, result: &OTelSdkResult) {
        let was_failing = self.0.is_failing.swap(result.is_err(), Ordering::Relaxed);
        match result {
            Ok(()) => {
                self.0.delivered.fetch_add(spans, Ordering::Relaxed);
                if was_failing {
                    tracing::info!(spans.undelivered = self.undelivered(), "traces are exported again");
                }
            }
            Err(error) => {
                metrics::counter!(LOST).increment(spans);
                if !was_failing {
                    tracing::warn!(%error, "cannot export traces; spans are lost until the collector is back");
                }
            }
        }
    }
}

impl SpanProcessor for Exporter {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.deliveries.0.ended.fetch_add(1, Ordering::Relaxed);
        self.queue.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.queue.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.queue.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.queue.set_resource(resource);
    }
}

impl<E: SpanExporter> SpanExporter for Sender<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let result = self.exporter.export(batch).await;
        self.deliveries.record(spans, &result);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
