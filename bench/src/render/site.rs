//! Many sites with the same pages: one HTTP server on many addresses of this machine.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::pages::{Corpus, File};

/// The number of sites: more than a round of some seconds renders.
pub(crate) const SITES: usize = 200;

/// Longer requests are rejected.
const MAX_REQUEST_BYTES: usize = 16 * 1024;

/// The running sites. They stop when this is dropped.
#[derive(Debug)]
pub(crate) struct Sites {
    /// Their port.
    pub(crate) port: u16,
    _server_tasks: JoinSet<()>,
}

/// A response, ready to be written.
#[derive(Debug)]
struct CachedResponse {
    etag: String,
    ok: Vec<u8>,
    not_modified: Vec<u8>,
}

impl Sites {
    /// Listens on one address for each site.
    pub(crate) async fn serve(corpus: &Corpus) -> anyhow::Result<Self> {
        let responses: HashMap<String, CachedResponse> =
            corpus.files.iter().map(|(path, file)| (path.clone(), CachedResponse::of(path, file))).collect();
        let responses = Arc::new(responses);
        let first = TcpListener::bind("127.0.0.1:0").await?;
        let port = first.local_addr()?.port();
        let mut server_tasks = JoinSet::new();
        for site in 0..SITES {
            let address = address(site);
            let listener = TcpListener::bind((address.as_str(), port)).await;
            let listener = listener.with_context(|| format!("listening on {address}"))?;
            server_tasks.spawn(serve(listener, Arc::clone(&responses)));
        }
        Ok(Self { port, _server_tasks: server_tasks })
    }

    /// Returns the URL of the site with this number.
    pub(crate) fn origin(&self, site: usize) -> String {
        format!("http://{}:{}", address(site), self.port)
    }
}

/// Each address is a site of its own: 127.0.1.1, 127.0.1.2, …
fn address(site: usize) -> String {
    format!("127.0.{}.{}", 1 + site / 200, 1 + site % 200)
}

impl CachedResponse {
    fn of(path: &str, file: &File) -> Self {
        let etag = format!("\"{:x}-{}\"", file.bytes.len(), path.len());
        let cache_control = if path.starts_with("/assets/") { "public, max-age=86400, immutable" } else { "no-cache" };
        let common = format!(
            "ETag: {etag}\r\nCache-Control: {cache_control}\r\nLast-Modified: Mon, 02 Nov 2026 08:00:00 GMT\r\n\
             Access-Control-Allow-Origin: *\r\nContent-Type: {}\r\n",
            file.mime
        );
        let head = format!("HTTP/1.1 200 OK\r\n{common}Content-Length: {}\r\n\r\n", file.bytes.len());
        let not_modified = format!("HTTP/1.1 304 Not Modified\r\n{common}\r\n").into_bytes();
        Self { etag, ok: [head.as_bytes(), &file.bytes].concat(), not_modified }
    }
}

async fn serve(listener: TcpListener, responses: Arc<HashMap<String, CachedResponse>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let responses = Arc::clone(&responses);
        // Errors are ignored: the client may have closed the connection.
        connections.spawn(async move { drop(handle_connection(stream, &responses).await) });
        while connections.try_join_next().is_some() {}
    }
}

async fn handle_connection(mut stream: TcpStream, responses: &HashMap<String, CachedResponse>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut read = Vec::new();
    loop {
        while find(&read, b"\r\n\r\n").is_none() {
            if read.len() > MAX_REQUEST_BYTES || stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        }
        let end = find(&read, b"\r\n\r\n").unwrap_or_default() + 4;
        let request: Vec<u8> = read.drain(..end).collect();
        let request = String::from_utf8_lossy(&request);
        let path = request.split(' ').nth(1).unwrap_or_default();
        match responses.get(path) {
            Some(cached) if request.contains(&cached.etag) => stream.write_all(&cached.not_modified).await?,
            Some(cached) => stream.write_all(&cached.ok).await?,
            None => stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await?,
        }
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
