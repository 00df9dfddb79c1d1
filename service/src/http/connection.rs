//! One connection: its requests and responses, until its clock or the shutdown ends it.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustix::net::sockopt;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::body::{Body, RequestBody, ResponseBody};
use super::clock::{Clock, Expiry};
use super::handler::{Admission, Handler, Peer};
use super::limits::Limits;
use super::open::OpenConnection;
use super::stream::ClockedStream;

/// When a client that is silent is asked whether it is still there, how often, and how many times
/// until its connection counts as lost. NAT gateways forget connections after some minutes.
const KEEPALIVE: (Duration, Duration, u32) = (Duration::from_mins(1), Duration::from_secs(15), 4);

/// How much of a response the kernel keeps for a client that does not read. By itself it would grow
/// to 4 MB per connection, and then a client could be slow for minutes without being noticed.
const SEND_BUFFER: usize = 128 * 1024;

/// How much of a request is buffered: the largest head.
const MAX_BUFFER: usize = 64 * 1024;

/// The counter of connections that the server closed.
pub(crate) const CLOSED: &str = "tintype_http_connections_closed_total";

/// What the connections of a server share.
#[derive(Debug, Clone)]
pub(super) struct Shared<H> {
    pub(super) handler: H,
    /// The requests in progress, also of clients that have gone away.
    pub(super) requests: TaskTracker,
    /// Cancelled when the shutdown begins.
    pub(super) stop: CancellationToken,
    /// Cancelled when requests in progress must end.
    pub(super) force: CancellationToken,
}

/// Serves a connection until its client closes it, its clock expires, it has to make room for
/// another, or `stop` is cancelled and its requests have ended.
pub(super) async fn serve<H: Handler>(
    shared: Shared<H>,
    (stream, client): (TcpStream, SocketAddr),
    open: OpenConnection,
) {
    configure(&stream);
    let Ok(local) = stream.local_addr() else { return };
    let (clock, limits, peer) = (&open.clock, open.limits, Peer { client, local, admission: open.admission() });
    let stream = ClockedStream::new(shared.handler.connect(stream, client), Arc::clone(clock));
    let respond = service_fn(|request| {
        let (shared, clock) = (shared.clone(), Arc::clone(clock));
        async move { Ok::<_, Infallible>(respond(shared, request, peer, &clock, limits).await) }
    });
    let mut connection = pin!(builder(peer.admission).serve_connection(TokioIo::new(stream), respond));
    let mut stopped = pin!(shared.stop.cancelled());
    let mut evicted = pin!(open.evicted.cancelled());
    let mut sleep = pin!(sleep_until(Instant::now()));
    let mut is_closing = false;
    let reason = std::future::poll_fn(|cx| {
        if connection.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        let is_stopped = stopped.as_mut().poll(cx).is_ready();
        if is_stopped {
            clock.stop();
        }
        if !is_closing && (is_stopped || evicted.as_mut().poll(cx).is_ready()) {
            if !is_stopped && clock.waiting().is_some() {
                return Poll::Ready(Some("evicted"));
            }
            // A request in progress is responded to, also one that arrived during the eviction.
            is_closing = true;
            connection.as_mut().graceful_shutdown();
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(None);
            }
        }
        poll_expiry(clock, sleep.as_mut(), cx).map(|expiry| Some(name(expiry)))
    });
    if let Some(reason) = reason.await {
        tracing::debug!(%client, reason, "closed a connection");
        metrics::counter!(CLOSED, "reason" => reason).increment(1);
    }
}

/// HTTP/1 only: HTTP/2 ends at the reverse proxy, because its streams would need clocks of their own.
fn builder(admission: Admission) -> Builder {
    let mut builder = Builder::new();
    builder.keep_alive(admission == Admission::Regular).max_buf_size(MAX_BUFFER).header_read_timeout(None);
    builder
}

/// Completes when the clock of a connection expires.
fn poll_expiry(clock: &Clock, mut sleep: Pin<&mut Sleep>, cx: &mut Context<'_>) -> Poll<Expiry> {
    let Some((at, expiry)) = clock.expiry() else { return Poll::Pending };
    if sleep.deadline() != at {
        sleep.as_mut().reset(at);
    }
    ready!(sleep.poll(cx));
    if matches!(expiry, Expiry::Write | Expiry::Response) {
        clock.abort();
    }
    Poll::Ready(expiry)
}

/// Responds to a request. The handler goes on if its client goes away in the meantime: what it does
/// may matter to others.
async fn respond<H: Handler>(
    shared: Shared<H>,
    request: Request<Incoming>,
    peer: Peer,
    clock: &Arc<Clock>,
    limits: Limits,
) -> Response<ResponseBody> {
    let in_progress = clock.request();
    let Shared { handler, requests, stop, force } = shared;
    let request = request.map(|body| Body::new(RequestBody::new(body, limits, &stop)));
    let handled = requests.spawn(async move { force.run_until_cancelled(handler.respond(request, peer)).await });
    let response = handled.await.ok().flatten().unwrap_or_else(failed);
    in_progress.respond();
    response.map(|body| ResponseBody::new(body, in_progress))
}

/// The response of a handler that panicked or was cancelled.
fn failed() -> Response<Body> {
    let mut response = Response::new(Body::default());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

/// Sets the options of a new connection. Without one of them, it still works.
fn configure(stream: &TcpStream) {
    let (idle, interval, count) = KEEPALIVE;
    let options: [rustix::io::Result<()>; 6] = [
        // With Nagle's algorithm, the last segment of a small response waits for the client to
        // acknowledge the first, which takes up to 40 ms.
        sockopt::set_tcp_nodelay(stream, true),
        sockopt::set_socket_send_buffer_size(stream, SEND_BUFFER),
        sockopt::set_socket_keepalive(stream, true),
        sockopt::set_tcp_keepidle(stream, idle),
        sockopt::set_tcp_keepintvl(stream, interval),
        sockopt::set_tcp_keepcnt(stream, count),
    ];
    if let Some(error) = options.into_iter().find_map(Result::err) {
        tracing::debug!("cannot set an option of a connection: {}", io::Error::from(error));
    }
}

fn name(expiry: Expiry) -> &'static str {
    match expiry {
        Expiry::Head => "head",
        Expiry::Idle => "idle",
        Expiry::Write => "write",
        Expiry::Response => "response",
    }
}
