//! Many sites, each the same pages: one HTTP server on many addresses of this machine.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::pages::{Corpus, File};

/// How many sites there are: as many as a run of some seconds renders, and more.
pub(crate) const SITES: usize = 200;

/// Longer requests are nobody's here.
const LONGEST: usize = 16 * 1024;

/// The running sites. They are gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Sites {
    /// The port of all of them.
    pub(crate) port: u16,
    _serving: JoinSet<()>,
}

/// An answer, ready to be written.
#[derive(Debug)]
struct Ready {
    etag: String,
    whole: Vec<u8>,
    unchanged: Vec<u8>,
}

impl Sites {
    /// Listens on an address for each site, and on nothing else.
    pub(crate) async fn serve(corpus: &Corpus) -> anyhow::Result<Self> {
        let answers: HashMap<String, Ready> =
            corpus.files.iter().map(|(path, file)| (path.clone(), Ready::of(path, file))).collect();
        let answers = Arc::new(answers);
        let first = TcpListener::bind("127.0.0.1:0").await?;
        let port = first.local_addr()?.port();
        let mut serving = JoinSet::new();
        for site in 0..SITES {
            let address = address(site);
            let listener = TcpListener::bind((address.as_str(), port)).await;
            let listener = listener.with_context(|| format!("listening on {address}"))?;
            serving.spawn(serve(listener, Arc::clone(&answers)));
        }
        Ok(Self { port, _serving: serving })
    }

    /// Where the site of this number is.
    pub(crate) fn origin(&self, site: usize) -> String {
        format!("http://{}:{}", address(site), self.port)
    }
}

/// Addresses are sites of their own: 127.0.1.1, 127.0.1.2, …
fn address(site: usize) -> String {
    format!("127.0.{}.{}", 1 + site / 200, 1 + site % 200)
}

impl Ready {
    fn of(path: &str, file: &File) -> Self {
        let etag = format!("\"{:x}-{}\"", file.bytes.len(), path.len());
        let lasting = if path.starts_with("/assets/") { "public, max-age=86400, immutable" } else { "no-cache" };
        let common = format!(
            "ETag: {etag}\r\nCache-Control: {lasting}\r\nLast-Modified: Mon, 02 Nov 2026 08:00:00 GMT\r\n\
             Access-Control-Allow-Origin: *\r\nContent-Type: {}\r\n",
            file.mime
        );
        let head = format!("HTTP/1.1 200 OK\r\n{common}Content-Length: {}\r\n\r\n", file.bytes.len());
        let unchanged = format!("HTTP/1.1 304 Not Modified\r\n{common}\r\n").into_bytes();
        Self { etag, whole: [head.as_bytes(), &file.bytes].concat(), unchanged }
    }
}

async fn serve(listener: TcpListener, answers: Arc<HashMap<String, Ready>>) {
    let mut talks = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let answers = Arc::clone(&answers);
        // Who hangs up is not missed.
        talks.spawn(async move { drop(talk(stream, &answers).await) });
        while talks.try_join_next().is_some() {}
    }
}

async fn talk(mut stream: TcpStream, answers: &HashMap<String, Ready>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut read = Vec::new();
    loop {
        while find(&read, b"\r\n\r\n").is_none() {
            if read.len() > LONGEST || stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        }
        let end = find(&read, b"\r\n\r\n").unwrap_or_default() + 4;
        let request: Vec<u8> = read.drain(..end).collect();
        let request = String::from_utf8_lossy(&request);
        let path = request.split(' ').nth(1).unwrap_or_default();
        match answers.get(path) {
            Some(ready) if request.contains(&ready.etag) => stream.write_all(&ready.unchanged).await?,
            Some(ready) => stream.write_all(&ready.whole).await?,
            None => stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await?,
        }
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
