//! A client for one small GET request over plain HTTP: for health checks and their like.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1::handshake;
use hyper::{Request, StatusCode, Uri, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The largest body that is read.
const MAX_BYTES: usize = 1024 * 1024;

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    /// Correct the URL.
    #[error("{0:?} is not a URL of the form http://HOST:PORT/PATH")]
    Url(String),
    /// Check that the server runs.
    #[error("cannot connect to {0}: {1}")]
    Connect(String, std::io::Error),
    /// Check what listens there.
    #[error("{0} does not respond as an HTTP server does: {1}")]
    Http(String, Box<dyn std::error::Error + Send + Sync>),
    /// Try again.
    #[error("{0} did not respond within {1:?}")]
    Timeout(String, Duration),
}

/// Sends a GET request and returns the status and the body of the response.
pub async fn get(url: &str, limit: Duration) -> Result<(StatusCode, Bytes), GetError> {
    let invalid = || GetError::Url(url.to_owned());
    let uri: Uri = url.parse().map_err(|_| invalid())?;
    let host = uri.host().filter(|_| uri.scheme_str() == Some("http")).ok_or_else(invalid)?;
    let address = (host.trim_matches(['[', ']']), uri.port_u16().unwrap_or(80));
    let server = format!("{host}:{}", address.1);
    let response = async {
        let stream = TcpStream::connect(address).await.map_err(|error| GetError::Connect(server.clone(), error))?;
        exchange(stream, &uri, &server).await.map_err(|error| GetError::Http(server.clone(), error))
    };
    timeout(limit, response).await.unwrap_or_else(|_| Err(GetError::Timeout(server.clone(), limit)))
}

async fn exchange(
    stream: TcpStream,
    uri: &Uri,
    server: &str,
) -> Result<(StatusCode, Bytes), Box<dyn std::error::Error + Send + Sync>> {
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path).header(header::HOST, server).body(Empty::<Bytes>::new())?;
    let exchange = async {
        let response = sender.send_request(request).await?;
        let status = response.status();
        Ok((status, Limited::new(response.into_body(), MAX_BYTES).collect().await?.to_bytes()))
    };
    let mut connection = std::pin::pin!(connection);
    let mut exchange = std::pin::pin!(exchange);
    tokio::select! {
        biased;
        result = &mut exchange => result,
        ended = &mut connection => {
            ended?;
            exchange.await
        }
    }
}
