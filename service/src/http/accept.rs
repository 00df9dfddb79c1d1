//! The server: accepts connections, and drains them when it shuts down.

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{self, Shared};
use super::handler::Handler;
use super::limits::Limits;
use super::open::{OpenConnection, OpenConnections};

/// Open files that are kept for the time when there are no others.
const SPARE_FILES: usize = 4;

/// The pause after connections could not be accepted, unless one is closed before.
const PAUSE: Duration = Duration::from_millis(100);

/// Errors within this time of the last one are not logged again.
const BURST: Duration = Duration::from_secs(10);

/// The counter of connections that could not be accepted.
pub(crate) const ACCEPT_ERRORS: &str = "tintype_http_accept_errors_total";

/// Serves the connections of a listener until `shutdown` completes. Then the listener is closed, idle
/// connections are closed, and requests in progress have [`Limits::drain`] to end.
pub async fn serve<H: Handler>(listener: TcpListener, handler: H, limits: Limits, shutdown: impl Future<Output = ()>) {
    let mut server = Server::new(handler, limits);
    tokio::select! {
        () = server.accept_all(&listener) => {}
        () = shutdown => {}
    }
    drop(listener);
    server.drain(limits.drain).await;
}

/// A server and its connections.
struct Server<H> {
    shared: Shared<H>,
    open: Arc<OpenConnections>,
    connections: JoinSet<()>,
    spare_files: Vec<File>,
    /// When connections last could not be accepted.
    failed_at: Option<Instant>,
}

impl<H: Handler> Server<H> {
    fn new(handler: H, limits: Limits) -> Self {
        let (stop, force) = (CancellationToken::new(), CancellationToken::new());
        let shared = Shared { handler, requests: TaskTracker::new(), stop, force };
        let open = OpenConnections::new(limits);
        Self { shared, open, connections: JoinSet::new(), spare_files: Vec::new(), failed_at: None }
    }

    async fn accept_all(&mut self, listener: &TcpListener) {
        loop {
            while self.connections.try_join_next().is_some() {}
            self.keep_spare_files();
            match listener.accept().await {
                Ok(accepted) => self.admit(accepted).await,
                Err(error) if concerns_one_connection(&error) => {}
                Err(error) => self.accept_without_files(listener, &error).await,
            }
        }
    }

    /// Serves a connection as soon as there is room for it.
    async fn admit(&mut self, accepted: (TcpStream, SocketAddr)) {
        loop {
            if let Some(open) = self.open.admit() {
                return self.start(accepted, open);
            }
            self.open.closed().await;
        }
    }

    /// Accepts a connection in the place of a spare file, and then closes one that has no request, or
    /// serves only health checks. Linux reports that there are no more files even if no connection
    /// waits, so nothing is closed before one is accepted.
    async fn accept_without_files(&mut self, listener: &TcpListener, error: &io::Error) {
        if self.spare_files.pop().is_some() {
            match listener.accept().now_or_never() {
                None => return,
                Some(Ok(accepted)) => {
                    self.log(error);
                    if let Some(open) = self.open.admit_instead() {
                        self.start(accepted, open);
                    }
                    return;
                }
                Some(Err(_)) => {}
            }
        }
        self.log(error);
        self.open.evict();
        tokio::select! {
            () = self.open.closed() => {}
            () = sleep(PAUSE) => {}
        }
    }

    fn start(&mut self, accepted: (TcpStream, SocketAddr), open: OpenConnection) {
        self.connections.spawn(connection::serve(self.shared.clone(), accepted, open));
    }

    fn keep_spare_files(&mut self) {
        while self.spare_files.len() < SPARE_FILES
            && let Ok(file) = File::open("/dev/null")
        {
            self.spare_files.push(file);
        }
    }

    /// Logs one line for all errors that follow each other.
    fn log(&mut self, error: &io::Error) {
        let is_first = self.failed_at.is_none_or(|at| at.elapsed() > BURST);
        self.failed_at = Some(Instant::now());
        metrics::counter!(ACCEPT_ERRORS).increment(1);
        if is_first {
            tracing::error!("cannot accept connections, only health checks are answered: {error}");
        }
    }

    async fn drain(mut self, limit: Duration) {
        self.shared.stop.cancel();
        self.shared.requests.close();
        let ended = async {
            while self.connections.join_next().await.is_some() {}
            self.shared.requests.wait().await;
        };
        if timeout(limit, ended).await.is_err() {
            tracing::warn!("closing {} connections whose requests have not ended", self.connections.len());
        }
        self.shared.force.cancel();
        self.connections.shutdown().await;
        self.shared.requests.wait().await;
    }
}

/// Whether an error is about the connection that would have been accepted, and not about the next: it
/// was closed, a firewall forbids it, or its network is away. See accept(2).
fn concerns_one_connection(error: &io::Error) -> bool {
    use nix::libc;
    matches!(
        error.raw_os_error(),
        Some(
            libc::ECONNABORTED
                | libc::ECONNRESET
                | libc::EINTR
                | libc::EPERM
                | libc::EPROTO
                | libc::ENOPROTOOPT
                | libc::EHOSTDOWN
                | libc::EHOSTUNREACH
                | libc::ENETDOWN
                | libc::ENETUNREACH
                | libc::EOPNOTSUPP
                | libc::ETIMEDOUT
        )
    )
}

#[cfg(test)]
mod tests {
    use std::io;

    use nix::libc;

    use super::concerns_one_connection;

    #[test]
    fn only_errors_about_one_connection_are_passed_over() {
        for code in [libc::ECONNABORTED, libc::EPERM, libc::EPROTO, libc::ENETDOWN] {
            assert!(concerns_one_connection(&io::Error::from_raw_os_error(code)), "{code}");
        }
        for code in [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM, libc::EINVAL] {
            assert!(!concerns_one_connection(&io::Error::from_raw_os_error(code)), "{code}");
        }
    }
}
