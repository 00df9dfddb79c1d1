//! A page that is ready when the test says so, and that notices when its browser disconnects.

use harness::TEST_TIMEOUT;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// A resource that a page waits for.
pub(crate) struct Slow(TcpListener);

/// A request that waits for its response.
pub(crate) struct Visit(TcpStream);

impl Slow {
    pub(crate) async fn open() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("a free port"))
    }

    /// Returns the path, on the test's site, of a page that waits for it.
    pub(crate) fn page(&self) -> String {
        format!("/late?after=http://{}/", self.0.local_addr().expect("an address"))
    }

    /// Returns the value of `TINTYPE_EGRESS_ALLOW` that allows the site and this resource.
    pub(crate) fn allowed(&self, site: &str) -> String {
        format!("{site},127.0.0.1/32:{}", self.0.local_addr().expect("an address").port())
    }

    /// Waits for a request.
    pub(crate) async fn visit(&self) -> Visit {
        let (mut visit, _) = timeout(TEST_TIMEOUT, self.0.accept()).await.expect("in time").expect("a visit");
        let mut request = [0; 4096];
        let _whole = visit.read(&mut request).await.expect("a request");
        Visit(visit)
    }
}

impl Visit {
    /// Waits until the browser has disconnected.
    pub(crate) async fn gone(mut self) {
        let mut nothing = [0; 64];
        while timeout(TEST_TIMEOUT, self.0.read(&mut nothing)).await.expect("in time").is_ok_and(|read| read > 0) {}
    }

    /// Responds, so that the page becomes ready.
    pub(crate) async fn respond(mut self) {
        let response =
            "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        self.0.write_all(response.as_bytes()).await.expect("the visitor waits");
    }
}
