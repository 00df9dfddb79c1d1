//! What a server does with its connections and requests.

use std::net::SocketAddr;
use std::os::fd::AsFd;

use hyper::{Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::body::Body;

/// The connection that a request came on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The address of the client, or of the proxy in front of it.
    pub client: SocketAddr,
    /// The address that it connected to.
    pub local: SocketAddr,
    /// Whether it is within the bound on connections.
    pub admission: Admission,
}

/// Whether a connection is within the bound on connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is.
    Regular,
    /// It is not, or there are no more open files: only health checks should be served on it. It is
    /// closed after one response.
    Reserved,
}

/// Serves the connections and requests of a server.
pub trait Handler: Clone + Send + Sync + 'static {
    /// The stream of a connection.
    type Stream: AsyncRead + AsyncWrite + AsFd + Send + Unpin + 'static;

    /// Wraps the stream of a new connection.
    fn connect(&self, stream: TcpStream, client: SocketAddr) -> Self::Stream;

    /// Responds to a request.
    fn respond(&self, request: Request<Body>, peer: Peer) -> impl Future<Output = Response<Body>> + Send;
}
