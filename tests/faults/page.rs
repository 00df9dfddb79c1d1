//! A page that takes as long as the test says, and tells when nobody looks at it any more.

use harness::PATIENCE;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// A resource that a page waits for.
pub(crate) struct Slow(TcpListener);

/// Somebody waits for it.
pub(crate) struct Visit(TcpStream);

impl Slow {
    pub(crate) async fn open() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("a free port"))
    }

    /// The path, on the harness's site, of a page that waits for it.
    pub(crate) fn page(&self) -> String {
        format!("/late?after=http://{}/", self.0.local_addr().expect("an address"))
    }

    /// What `TINTYPE_EGRESS_ALLOW` must say, beside the site's own.
    pub(crate) fn allowed(&self, site: &str) -> String {
        format!("{site},127.0.0.1/32:{}", self.0.local_addr().expect("an address").port())
    }

    /// Waits for a visit.
    pub(crate) async fn visit(&self) -> Visit {
        let (mut visit, _) = timeout(PATIENCE, self.0.accept()).await.expect("in time").expect("a visit");
        let mut request = [0; 4096];
        let _whole = visit.read(&mut request).await.expect("a request");
        Visit(visit)
    }
}

impl Visit {
    /// Waits until the visitor has gone.
    pub(crate) async fn gone(mut self) {
        let mut nothing = [0; 64];
        while timeout(PATIENCE, self.0.read(&mut nothing)).await.expect("in time").is_ok_and(|read| read > 0) {}
    }

    /// Lets the page be ready.
    pub(crate) async fn answer(mut self) {
        let answer =
            "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        self.0.write_all(answer.as_bytes()).await.expect("the visitor waits");
    }
}
