//! Serves poem's endpoint on the connections of [`service::http`].

use std::net::SocketAddr;
use std::sync::Arc;

use poem::http::uri::Scheme;
use poem::http::{Request, Response};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, RequestParts};
use service::http::{Body, Handler, Peer};
use tokio::net::TcpStream;

use crate::call::clients::{Clients, WatchedStream};
use crate::connection::stream::ClientStream;

/// An endpoint, whose connections let clients read their errors, and whose clients are watched.
pub(crate) struct ApiHandler<E> {
    endpoint: Arc<E>,
    clients: Clients,
}

impl<E> ApiHandler<E> {
    pub(crate) fn new(endpoint: E, clients: Clients) -> Self {
        Self { endpoint: Arc::new(endpoint), clients }
    }
}

impl<E> Clone for ApiHandler<E> {
    fn clone(&self) -> Self {
        Self { endpoint: Arc::clone(&self.endpoint), clients: self.clients.clone() }
    }
}

impl<E: Endpoint + 'static> Handler for ApiHandler<E> {
    type Stream = WatchedStream<ClientStream>;

    fn connect(&self, stream: TcpStream, client: SocketAddr) -> Self::Stream {
        self.clients.watch(ClientStream::new(stream), client)
    }

    async fn respond(&self, request: Request<Body>, peer: Peer) -> Response<Body> {
        let (mut parts, body) = request.into_parts();
        parts.extensions.insert(peer.admission);
        let (local, remote) = (LocalAddr(Addr::SocketAddr(peer.local)), RemoteAddr(Addr::SocketAddr(peer.client)));
        let parts = RequestParts::from((parts, local, remote, Scheme::HTTP));
        self.endpoint.get_response(poem::Request::from_parts(parts, body.into())).await.into()
    }
}
