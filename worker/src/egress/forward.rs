//! Plain requests: made in the browser's stead, answers handed back as they come.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TE, TRAILER, TRANSFER_ENCODING,
    UPGRADE,
};
use hyper::http::uri::PathAndQuery;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

use super::asked::Target;
use super::job::{Barred, Job};
use super::metered::Metered;

/// A connection to a host, for as long as the browser asks the same host on the same one.
pub(super) struct Upstream {
    to: Target,
    sender: SendRequest<Incoming>,
    _moving: JoinSet<()>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    /// The host was not reached. Tell the browser what it may know.
    #[error("the host was not reached: {0:?}")]
    Barred(Barred),
    /// The host was reached and broke off. Cut the browser's connection as well: it knows
    /// better than we do what may be asked again.
    #[error("the host broke off")]
    Broken,
}

/// Makes a request, on the connection of the last one if it leads there and still stands.
pub(super) async fn forward(
    kept: Option<Upstream>,
    job: &Arc<Job>,
    to: Target,
    mut request: Request<Incoming>,
) -> Result<(Upstream, Response<Incoming>), Unanswered> {
    if let Some(mut upstream) = kept.filter(|kept| kept.to == to)
        && upstream.sender.ready().await.is_ok()
    {
        match upstream.sender.try_send_request(request).await {
            Ok(answer) => return upstream.answered(answer),
            Err(mut error) => request = error.take_message().ok_or(Unanswered::Broken)?,
        }
    }
    let host = job.reach(&to).await.map_err(Unanswered::Barred)?;
    let mut upstream = Upstream::open(host, to).await?;
    let answer = upstream.sender.send_request(request).await.map_err(|_| Unanswered::Broken)?;
    upstream.answered(answer)
}

impl Upstream {
    /// As lenient as browsers are about what servers write.
    async fn open(host: Metered, to: Target) -> Result<Self, Unanswered> {
        let clock = host.clock();
        let (sender, connection) = Builder::new()
            .allow_spaces_after_header_name_in_responses(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .handshake(TokioIo::new(host))
            .await
            .map_err(|_| Unanswered::Broken)?;
        let mut moving = JoinSet::new();
        moving.spawn(async move {
            tokio::select! {
                _sender_knows_how_it_ended = connection => {}
                () = clock.run_out() => {}
            }
        });
        Ok(Self { to, sender, _moving: moving })
    }

    /// Nobody asked for another protocol, so nobody could speak it.
    fn answered(self, mut answer: Response<Incoming>) -> Result<(Self, Response<Incoming>), Unanswered> {
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(Unanswered::Broken);
        }
        strip(answer.headers_mut());
        Ok((self, answer))
    }
}

/// The request as a server expects it: a path, and the host that its URL names, not the one
/// that the browser's headers do.
pub(super) fn named(request: Request<Incoming>, host: &str) -> Result<Request<Incoming>, Unanswered> {
    let (mut head, body) = request.into_parts();
    let path = head.uri.into_parts().path_and_query.unwrap_or_else(|| PathAndQuery::from_static("/"));
    head.uri = Uri::from(path);
    strip(&mut head.headers);
    head.headers.insert(HOST, HeaderValue::from_str(host).map_err(|_| Unanswered::Broken)?);
    head.extensions.clear();
    Ok(Request::from_parts(head, body))
}

/// Takes out what is between two neighbours: `Connection` and what it lists, and the rest
/// that says how a message travels rather than what it is.
fn strip(headers: &mut HeaderMap) {
    let listed = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let listed = listed.flat_map(|value| value.split(','));
    let listed: Vec<HeaderName> = listed.filter_map(|name| name.trim().parse().ok()).collect();
    let proxys = headers.keys().filter(|name| name.as_str().starts_with("proxy-")).cloned();
    let between: Vec<_> = listed.into_iter().chain(proxys).collect();
    if headers.contains_key(TRANSFER_ENCODING) {
        headers.remove(CONTENT_LENGTH);
    }
    for name in between.iter().chain(&[CONNECTION, EXPECT, TE, TRAILER, TRANSFER_ENCODING, UPGRADE]) {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}
