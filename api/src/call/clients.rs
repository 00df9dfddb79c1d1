//! Tells when the client of a connection has gone away.
//!
//! poem goes on with a request whose client has closed the connection. That is right for
//! submissions, but a call that only waits need not wait any longer.

use std::collections::HashMap;
use std::io::{IoSlice, Result};
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use poem::web::RemoteAddr;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::CancellationToken;

/// The clients that are connected, by their addresses. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clients(Arc<Mutex<HashMap<SocketAddr, CancellationToken>>>);

/// The stream of a connection, whose end is noticed when it is read.
pub(crate) struct WatchedStream<S> {
    stream: S,
    gone: CancellationToken,
    clients: Clients,
    client: SocketAddr,
}

impl Clients {
    /// Watches the stream of a client from now on.
    pub(crate) fn watch<S>(&self, stream: S, client: SocketAddr) -> WatchedStream<S> {
        let gone = CancellationToken::new();
        self.lock().insert(client, gone.clone());
        WatchedStream { stream, gone, clients: self.clone(), client }
    }

    /// Completes when the client has closed its connection, or has closed it already.
    pub(crate) async fn gone(&self, client: &RemoteAddr) {
        let gone = client.as_socket_addr().and_then(|address| self.lock().get(address).cloned());
        if let Some(gone) = gone {
            gone.cancelled().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SocketAddr, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Drop for WatchedStream<S> {
    fn drop(&mut self) {
        self.clients.lock().remove(&self.client);
    }
}

impl<S: AsFd> AsFd for WatchedStream<S> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WatchedStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let (before, has_room) = (bytes.filled().len(), bytes.remaining() > 0);
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, bytes));
        if read.is_err() || (has_room && bytes.filled().len() == before) {
            self.gone.cancel();
        }
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WatchedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
