//! A minimal HTTP/1.1 client: it shares the processors with what is measured, so it must use
//! little CPU.

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A client with one keep-alive connection.
#[derive(Debug)]
pub(crate) struct Http {
    host: String,
    stream: Option<TcpStream>,
    read: Vec<u8>,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Response {
    /// Its status.
    pub(crate) status: u16,
    /// Its body.
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// Returns its body, if the status is the expected one.
    pub(crate) fn expect(self, status: u16) -> anyhow::Result<Vec<u8>> {
        if self.status != status {
            let text: String = String::from_utf8_lossy(&self.body).chars().take(160).collect();
            bail!("{} {text}", self.status);
        }
        Ok(self.body)
    }
}

impl Http {
    /// Creates a client for a `host:port`. It connects at the first request.
    pub(crate) fn new(host: &str) -> Self {
        Self { host: host.to_owned(), stream: None, read: Vec::new() }
    }

    /// Sends a request and reads the response. `headers` is header lines, each ending in
    /// CRLF.
    pub(crate) async fn request(&mut self, request_line: &str, headers: &str, body: &[u8]) -> anyhow::Result<Response> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.connect().await?,
        };
        let head = format!(
            "{request_line} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).await?;
        let end = loop {
            if let Some(at) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            self.read_more(&mut stream).await?;
        };
        let head: Vec<u8> = self.read.drain(..end).collect();
        let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status")?;
        let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let body = match field("content-length:") {
            Some(length) => self.read_exact(&mut stream, length.parse()?).await?,
            None if field("transfer-encoding:") == Some("chunked") => self.read_chunked(&mut stream).await?,
            None => bail!("neither Content-Length nor chunked encoding"),
        };
        if field("connection:") != Some("close") {
            self.stream = Some(stream);
        }
        Ok(Response { status, body })
    }

    async fn connect(&mut self) -> anyhow::Result<TcpStream> {
        self.read.clear();
        let stream = TcpStream::connect(&self.host).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn read_more(&mut self, stream: &mut TcpStream) -> anyhow::Result<()> {
        self.read.reserve(64 * 1024);
        if stream.read_buf(&mut self.read).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }

    async fn read_exact(&mut self, stream: &mut TcpStream, length: usize) -> anyhow::Result<Vec<u8>> {
        while self.read.len() < length {
            self.read_more(stream).await?;
        }
        Ok(self.read.drain(..length).collect())
    }

    async fn read_chunked(&mut self, stream: &mut TcpStream) -> anyhow::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                if let Some(at) = self.read.windows(2).position(|two| two == b"\r\n") {
                    break at;
                }
                self.read_more(stream).await?;
            };
            let line = self.read_exact(stream, end + 2).await?;
            let size = String::from_utf8_lossy(&line);
            let size = usize::from_str_radix(size.trim().split(';').next().unwrap_or_default(), 16)?;
            let chunk = self.read_exact(stream, size + 2).await?;
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(chunk.get(..size).unwrap_or_default());
        }
    }
}
