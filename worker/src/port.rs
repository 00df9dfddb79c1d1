//! The port of a worker for health checks and metrics. It is off by default.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::egress::Policy;
use http_body_util::{BodyExt, Full};
use hyper::Method;
use serde_json::{Value, json};
use service::health;
use service::http::{Body, Handler, Limits, Peer, Request, Response, StatusCode, header};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::health::WorkerHealth;

/// How many connections there are at most: those of probes and of a few collectors of metrics.
const MAX_CONNECTIONS: usize = 64;

/// Why the port cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// Choose another address.
    #[error("cannot listen on {0} (--listen, TINTYPE_WORKER_LISTEN): {1}")]
    Listen(SocketAddr, io::Error),
    /// Choose another port, or take the exception away.
    #[error("pages could reach the worker's own port {0}: TINTYPE_EGRESS_ALLOW has an exception for it")]
    Exposed(SocketAddr),
}

/// Serves the port, if there is one, until the returned task is dropped.
pub(crate) async fn open(config: &Config, health: Arc<WorkerHealth>) -> Result<JoinSet<()>, PortError> {
    let mut task = JoinSet::new();
    if let Some(address) = config.listen {
        let listener = service::http::listen(address).await.map_err(|error| PortError::Listen(address, error))?;
        let address = listener.local_addr().map_err(|error| PortError::Listen(address, error))?;
        if is_exposed(&config.policy(), address) {
            return Err(PortError::Exposed(address));
        }
        tracing::info!("health checks and metrics on http://{address}");
        let limits = Limits { connections: MAX_CONNECTIONS, drain: Duration::ZERO, ..Limits::default() };
        task.spawn(service::http::serve(listener, WorkerPort(health), limits, std::future::pending()));
    }
    Ok(task)
}

/// Whether pages may reach an address of this machine. A listener on all addresses is reached on each of
/// the machine's.
fn is_exposed(policy: &Policy, address: SocketAddr) -> bool {
    let mut reached = vec![address.ip()];
    if address.ip().is_unspecified() {
        reached = policy.own_addresses();
        reached.extend([IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()]);
    }
    reached.iter().any(|ip| policy.check_address(*ip, address.port()).is_ok())
}

/// Serves health checks and metrics.
#[derive(Clone)]
struct WorkerPort(Arc<WorkerHealth>);

impl Handler for WorkerPort {
    type Stream = TcpStream;

    fn connect(&self, stream: TcpStream, _client: SocketAddr) -> TcpStream {
        stream
    }

    async fn respond(&self, request: Request<Body>, _peer: Peer) -> Response<Body> {
        let path = request.uri().path();
        if !matches!(path, "/health/live" | "/health/ready" | "/metrics") {
            return error(StatusCode::NOT_FOUND, "NOT_FOUND", "there is no resource at this path");
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = error(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "send GET or HEAD");
            response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        match path {
            "/health/live" => json_response(StatusCode::OK, &json!({ "status": "live" })),
            "/health/ready" => self.ready().await,
            _ => response(StatusCode::OK, service::metrics::CONTENT_TYPE, service::metrics::render()),
        }
    }
}

impl WorkerPort {
    async fn ready(&self) -> Response<Body> {
        let (readiness, parts) = self.0.examine().await;
        let status = StatusCode::from_u16(readiness.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        json_response(status, &json!({ "status": readiness, "parts": health::to_json(&parts) }))
    }
}

fn error(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    json_response(status, &json!({ "error": { "code": code, "message": message } }))
}

fn json_response(status: StatusCode, body: &Value) -> Response<Body> {
    response(status, "application/json", body.to_string())
}

fn response(status: StatusCode, content_type: &'static str, body: String) -> Response<Body> {
    let body = Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::is_exposed;

    #[test]
    fn a_port_that_an_exception_opens_to_pages_is_refused() {
        for (allowed, listen, exposed) in [
            ("", "127.0.0.1:9090", false),
            ("127.0.0.1/32:8099", "127.0.0.1:9090", false),
            ("127.0.0.1/32:9090", "127.0.0.1:9090", true),
            ("127.0.0.0/8:9090", "0.0.0.0:9090", true),
            ("::1/128:9090", "[::]:9090", true),
            ("10.0.0.0/8:9090", "127.0.0.1:9090", false),
        ] {
            let (policy, listen) = (allowed.parse().expect(allowed), listen.parse().expect(listen));

            assert_eq!(is_exposed(&policy, listen), exposed, "{allowed} {listen}");
        }
    }
}
