//! One connection from the browser: a sequence of requests, the last of which may open a tunnel.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::{Either, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::forward::{ForwardError, ForwardedBody, Upstream, forward, rewrite};
use super::request::ProxyRequest;
use super::tunnel;
use crate::egress::connect::connect;
use crate::egress::dial::DialError;
use crate::egress::meter::MeteredStream;
use crate::egress::state::{ActivePermit, SessionState};
use crate::egress::status::ConnectError;

/// The largest request head. Chromium sends a few KiB, most of it cookies.
const MAX_HEAD: usize = 64 * 1024;

/// How long a request head may take to arrive, including the time until its first byte.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);

/// The body of a response: the upstream's, or empty.
type Body = Either<ForwardedBody, Empty<Bytes>>;

/// The state that one request leaves for the next on the same connection.
struct Connection {
    /// `None` if no session was open when the connection was accepted: everything is denied.
    session: Option<Arc<SessionState>>,
    upstream: Mutex<Option<Upstream>>,
    tunnel: Mutex<Option<(MeteredStream, ActivePermit)>>,
}

/// Serves a browser's connection until it is closed.
pub(in crate::egress) async fn serve(stream: TcpStream, session: Option<Arc<SessionState>>) {
    let _slower_without = stream.set_nodelay(true);
    let connection = Connection { session, upstream: Mutex::default(), tunnel: Mutex::default() };
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_header_size(MAX_HEAD)
        .max_buf_size(MAX_HEAD)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service_fn(|request| connection.respond(request)))
        .without_shutdown()
        .await;
    let Ok(parts) = served else { return };
    let mut stream = parts.io.into_inner();
    let tunnel = lock(&connection.tunnel).take();
    match tunnel {
        Some((upstream, _permit)) => tunnel::copy(stream, upstream, &parts.read_buf).await,
        None => {
            let _already_closed = stream.shutdown().await;
        }
    }
}

impl Connection {
    async fn respond(&self, request: Request<Incoming>) -> Result<Response<Body>, ForwardError> {
        let Some(parsed) = ProxyRequest::parse(&request) else { return Ok(empty(StatusCode::BAD_REQUEST)) };
        let Some(session) = &self.session else { return Ok(empty(StatusCode::FORBIDDEN)) };
        match parsed {
            ProxyRequest::Tunnel(target) => match connect(session, &target).await {
                Ok(connected) => {
                    *lock(&self.tunnel) = Some(connected);
                    Ok(empty(StatusCode::OK))
                }
                Err(error) => Ok(empty(status_of(error))),
            },
            ProxyRequest::Forward { target, host } => {
                let previous = lock(&self.upstream).take();
                match forward(previous, session, target, rewrite(request, &host)?).await {
                    Ok((upstream, response)) => {
                        *lock(&self.upstream) = Some(upstream);
                        Ok(response.map(Either::Left))
                    }
                    Err(ForwardError::Connect(error)) => Ok(empty(status_of(error))),
                    Err(ForwardError::Broken) => Err(ForwardError::Broken),
                }
            }
        }
    }
}

/// Returns the status to send for a failed connection. A page may learn that a public host
/// does not serve; hosts that are denied, do not exist, or exceed a budget look the same.
fn status_of(error: ConnectError) -> StatusCode {
    match error {
        ConnectError::Dial(DialError::Refused | DialError::Unreachable | DialError::Timeout) => StatusCode::BAD_GATEWAY,
        ConnectError::Dial(
            DialError::Denied(_) | DialError::NoSuchName | DialError::DnsTimeout | DialError::DnsFailed,
        )
        | ConnectError::OverBudget(_) => StatusCode::FORBIDDEN,
    }
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Either::Right(Empty::new()));
    *response.status_mut() = status;
    response
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
