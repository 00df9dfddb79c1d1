//! Forwarding plain HTTP requests, with responses streamed back as they arrive.
//!
//! A request holds a permit until its response has been sent to the browser. Afterwards the
//! upstream connection stays open without one: each of the browser's connections has at most one.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TE, TRAILER, TRANSFER_ENCODING,
    UPGRADE,
};
use hyper::http::uri::PathAndQuery;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

use crate::egress::connect::connect;
use crate::egress::meter::MeteredStream;
use crate::egress::state::{ActivePermit, SessionState};
use crate::egress::status::ConnectError;
use crate::egress::target::Target;

/// A connection to a host, reused while the browser keeps asking for the same host on the
/// same connection.
pub(super) struct Upstream {
    target: Target,
    sender: SendRequest<Incoming>,
    _driver: JoinSet<()>,
}

/// The body of a forwarded response, which holds the permit of its request.
pub(super) struct ForwardedBody {
    body: Incoming,
    _permit: ActivePermit,
}

/// Why there is no response to forward.
#[derive(Debug, thiserror::Error)]
pub(super) enum ForwardError {
    /// The host was not reached. Send the browser the matching status.
    #[error("the host was not reached: {0:?}")]
    Connect(ConnectError),
    /// The host closed the connection or sent an invalid response. Close the browser's
    /// connection, too: the browser knows which requests are safe to retry.
    #[error("the host closed the connection")]
    Broken,
}

/// Sends a request, on the previous connection if that leads to the same target and is open.
pub(super) async fn forward(
    previous: Option<Upstream>,
    session: &Arc<SessionState>,
    target: Target,
    mut request: Request<Incoming>,
) -> Result<(Upstream, Response<ForwardedBody>), ForwardError> {
    if let Some(mut upstream) = previous.filter(|previous| previous.target == target)
        && upstream.sender.ready().await.is_ok()
    {
        let permit = session.acquire().await.map_err(ForwardError::Connect)?;
        match upstream.sender.try_send_request(request).await {
            Ok(response) => return upstream.accept(response, permit),
            Err(mut error) => request = error.take_message().ok_or(ForwardError::Broken)?,
        }
    }
    let (stream, permit) = connect(session, &target).await.map_err(ForwardError::Connect)?;
    let mut upstream = Upstream::open(stream, target).await?;
    let response = upstream.sender.send_request(request).await.map_err(|_| ForwardError::Broken)?;
    upstream.accept(response, permit)
}

impl Upstream {
    /// Starts HTTP on a connection, with a parser as lenient as that of browsers.
    async fn open(stream: MeteredStream, target: Target) -> Result<Self, ForwardError> {
        let idle = stream.idle_timer();
        let (sender, connection) = Builder::new()
            .allow_spaces_after_header_name_in_responses(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|_| ForwardError::Broken)?;
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            tokio::select! {
                _sender_sees_the_result = connection => {}
                () = idle.wait_until_idle() => {}
            }
        });
        Ok(Self { target, sender, _driver: driver })
    }

    /// Strips a response's hop-by-hop headers. Rejects a protocol switch: the proxy removes
    /// `Upgrade` from requests, so the browser did not ask for one.
    fn accept(
        self,
        mut response: Response<Incoming>,
        permit: ActivePermit,
    ) -> Result<(Self, Response<ForwardedBody>), ForwardError> {
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(ForwardError::Broken);
        }
        strip_hop_by_hop(response.headers_mut());
        Ok((self, response.map(|body| ForwardedBody { body, _permit: permit })))
    }
}

impl Body for ForwardedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Rewrites a request from absolute to origin form. `Host` is set from the URL, because the
/// browser's own header is not trusted.
pub(super) fn rewrite(request: Request<Incoming>, host: &str) -> Result<Request<Incoming>, ForwardError> {
    let (mut head, body) = request.into_parts();
    let path = head.uri.into_parts().path_and_query.unwrap_or_else(|| PathAndQuery::from_static("/"));
    head.uri = Uri::from(path);
    strip_hop_by_hop(&mut head.headers);
    head.headers.insert(HOST, HeaderValue::from_str(host).map_err(|_| ForwardError::Broken)?);
    head.extensions.clear();
    Ok(Request::from_parts(head, body))
}

/// Removes hop-by-hop headers (RFC 9110, section 7.6.1): `Connection`, the headers it lists,
/// and the others that apply to one connection only.
fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let listed = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let listed = listed.flat_map(|value| value.split(','));
    let listed: Vec<HeaderName> = listed.filter_map(|name| name.trim().parse().ok()).collect();
    let proxy = headers.keys().filter(|name| name.as_str().starts_with("proxy-")).cloned();
    let hop_by_hop: Vec<_> = listed.into_iter().chain(proxy).collect();
    if headers.contains_key(TRANSFER_ENCODING) {
        headers.remove(CONTENT_LENGTH);
    }
    for name in hop_by_hop.iter().chain(&[CONNECTION, EXPECT, TE, TRAILER, TRANSFER_ENCODING, UPGRADE]) {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}
