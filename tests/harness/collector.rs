//! A collector of traces, which takes what OpenTelemetry exports over HTTP.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};
use poem::http::StatusCode;
use poem::listener::TcpAcceptor;
use poem::web::Data;
use poem::{EndpointExt, Route, Server, handler, post};
use prost::Message;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::TEST_TIMEOUT;

/// A collector, and the spans it was sent.
pub struct Collector {
    /// The endpoint, for `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub url: String,
    spans: watch::Receiver<Vec<CollectedSpan>>,
}

/// A span as it was exported. Ids are hexadecimal.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names are those of OpenTelemetry")]
pub struct CollectedSpan {
    pub name: String,
    pub service: String,
    pub trace: String,
    pub id: String,
    pub parent: String,
    pub kind: i32,
    pub start: u64,
    pub end: u64,
    pub has_failed: bool,
    pub attributes: BTreeMap<String, Value>,
}

impl Collector {
    /// Starts a collector.
    pub async fn start() -> Self {
        let (received, spans) = watch::channel(Vec::new());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = Server::new_with_acceptor(TcpAcceptor::from_tokio(listener).expect("an acceptor"));
        tokio::spawn(server.run(Route::new().at("/v1/traces", post(receive)).data(received)));
        Self { url, spans }
    }

    /// Waits until spans of all these names have arrived in one trace, and returns its spans. Without an id,
    /// any trace will do.
    pub async fn trace(&self, id: Option<&str>, names: &[&str]) -> Vec<CollectedSpan> {
        let mut spans = self.spans.clone();
        let of = |spans: &[CollectedSpan], trace: &str| -> Vec<CollectedSpan> {
            spans.iter().filter(|span| span.trace == trace).cloned().collect()
        };
        let is_complete =
            |spans: &[CollectedSpan]| names.iter().all(|name| spans.iter().any(|span| span.name == *name));
        let complete = |spans: &Vec<CollectedSpan>| {
            let traces = spans.iter().map(|span| span.trace.clone()).filter(|trace| id.is_none_or(|id| trace == id));
            traces.map(|trace| of(spans, &trace)).find(|spans| is_complete(spans))
        };
        let arrived = spans.wait_for(|spans| complete(spans).is_some());
        let arrived = timeout(TEST_TIMEOUT, arrived).await;
        let arrived = arrived.unwrap_or_else(|_| panic!("no such trace in {:#?}", self.all())).expect("a collector");
        complete(&arrived).expect("complete before")
    }

    /// Returns all spans so far.
    pub fn all(&self) -> Vec<CollectedSpan> {
        self.spans.borrow().clone()
    }
}

#[handler]
fn receive(Data(received): Data<&watch::Sender<Vec<CollectedSpan>>>, body: Vec<u8>) -> StatusCode {
    let request = ExportTraceServiceRequest::decode(VecDeque::from(body)).expect("a valid export");
    let spans = request.resource_spans.into_iter().flat_map(collected);
    received.send_modify(|all| all.extend(spans));
    StatusCode::OK
}

fn collected(resource: ResourceSpans) -> Vec<CollectedSpan> {
    let attributes = resource.resource.map(|resource| values(resource.attributes)).unwrap_or_default();
    let service = attributes["service.name"].as_str().expect("a name").to_owned();
    let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
    spans.map(|span| CollectedSpan { service: service.clone(), ..of(span) }).collect()
}

fn of(span: Span) -> CollectedSpan {
    CollectedSpan {
        name: span.name,
        service: String::new(),
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        kind: span.kind,
        start: span.start_time_unix_nano,
        end: span.end_time_unix_nano,
        has_failed: span.status.is_some_and(|status| status.code == 2),
        attributes: values(span.attributes),
    }
}

fn values(attributes: Vec<KeyValue>) -> BTreeMap<String, Value> {
    let value = |attribute: KeyValue| {
        let value = match attribute.value.and_then(|value| value.value) {
            Some(any_value::Value::StringValue(text)) => json!(text),
            Some(any_value::Value::IntValue(number)) => json!(number),
            Some(any_value::Value::BoolValue(is)) => json!(is),
            Some(any_value::Value::DoubleValue(number)) => json!(number),
            _ => Value::Null,
        };
        (attribute.key, value)
    };
    attributes.into_iter().map(value).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}
