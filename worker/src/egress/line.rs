//! One connection from the browser: requests one after another, until one becomes a tunnel.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::egress::Unreached;
use http_body_util::{Either, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::asked::Asked;
use super::forward::{Unanswered, Upstream, forward, named};
use super::job::{Barred, Job};
use super::metered::Metered;
use super::tunnel;

/// The largest head of a request: what Chromium sends is a few KiB, most of it cookies.
const HEAD: usize = 64 * 1024;

/// How long a request's head may take to arrive, and a connection to be without one.
const HEAD_IN: Duration = Duration::from_secs(15);

/// What the proxy answers with: what a host said, or nothing.
pub(super) type Body = Either<Incoming, Empty<Bytes>>;

/// A connection, and what is kept from one of its requests to the next.
struct Line {
    /// Nothing where no job was open: then nothing is reached.
    job: Option<Arc<Job>>,
    upstream: Mutex<Option<Upstream>>,
    tunnel: Mutex<Option<Metered>>,
}

/// Serves a browser's connection to its end.
pub(super) async fn serve(stream: TcpStream, job: Option<Arc<Job>>) {
    let _slower_without = stream.set_nodelay(true);
    let line = Line { job, upstream: Mutex::default(), tunnel: Mutex::default() };
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_IN)
        .max_header_size(HEAD)
        .max_buf_size(HEAD)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service_fn(|request| line.answer(request)))
        .without_shutdown()
        .await;
    let Ok(left) = served else { return };
    let mut stream = left.io.into_inner();
    let tunnel = held(&line.tunnel).take();
    match tunnel {
        Some(host) => tunnel::copy(stream, host, &left.read_buf).await,
        None => {
            let _gone = stream.shutdown().await;
        }
    }
}

impl Line {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Body>, Unanswered> {
        let Some(asked) = Asked::read(&request) else { return Ok(wordless(StatusCode::BAD_REQUEST)) };
        let Some(job) = &self.job else { return Ok(wordless(StatusCode::FORBIDDEN)) };
        match asked {
            Asked::Tunnel(to) => match job.reach(&to).await {
                Ok(host) => {
                    *held(&self.tunnel) = Some(host);
                    Ok(wordless(StatusCode::OK))
                }
                Err(barred) => Ok(wordless(barred.status())),
            },
            Asked::Plain { to, host } => {
                let kept = held(&self.upstream).take();
                match forward(kept, job, to, named(request, &host)?).await {
                    Ok((upstream, answer)) => {
                        *held(&self.upstream) = Some(upstream);
                        Ok(answer.map(Either::Left))
                    }
                    Err(Unanswered::Barred(barred)) => Ok(wordless(barred.status())),
                    Err(Unanswered::Broken) => Err(Unanswered::Broken),
                }
            }
        }
    }
}

impl Barred {
    /// What a page may learn: that a public host does not serve, and nothing else. What is
    /// forbidden, unknown or used up looks the same.
    fn status(self) -> StatusCode {
        match self {
            Self::Unreached(Unreached::Refused | Unreached::Unreachable | Unreached::Timeout) => {
                StatusCode::BAD_GATEWAY
            }
            Self::Unreached(
                Unreached::Denied(_) | Unreached::NoSuchName | Unreached::DnsTimeout | Unreached::DnsFailed,
            )
            | Self::Spent(_) => StatusCode::FORBIDDEN,
        }
    }
}

fn wordless(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Either::Right(Empty::new()));
    *response.status_mut() = status;
    response
}

fn held<T>(slot: &Mutex<T>) -> MutexGuard<'_, T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}
