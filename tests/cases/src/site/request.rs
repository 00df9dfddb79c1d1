//! The requests of the site.

use std::collections::HashMap;

use anyhow::Context;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// The largest head of a request.
const MAX_HEAD: usize = 64 * 1024;

/// A request.
#[derive(Debug)]
pub(super) struct Request {
    /// Its path.
    pub(super) path: String,
    /// Its query, decoded.
    pub(super) query: HashMap<String, String>,
    /// The lines of its headers.
    pub(super) headers: Vec<String>,
}

impl Request {
    /// Reads a request; `None` at the end of the connection. `read` holds bytes that were received already.
    pub(super) async fn read(stream: &mut TcpStream, read: &mut Vec<u8>) -> anyhow::Result<Option<Self>> {
        let end = loop {
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at;
            }
            if read.len() > MAX_HEAD || stream.read_buf(read).await? == 0 {
                return Ok(None);
            }
        };
        let head: Vec<u8> = read.drain(..end + 4).collect();
        let head = String::from_utf8_lossy(&head);
        let mut lines = head.lines();
        let target = lines.next().and_then(|line| line.split(' ').nth(1)).context("no target")?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = lines.filter(|line| !line.is_empty()).map(str::to_owned).collect();
        Ok(Some(Self { path: path.to_owned(), query: query.split('&').filter_map(decode).collect(), headers }))
    }
}

fn decode(pair: &str) -> Option<(String, String)> {
    let (name, value) = pair.split_once('=')?;
    let value = value.replace('+', " ");
    let value = percent_encoding::percent_decode_str(&value).decode_utf8_lossy();
    Some((name.to_owned(), value.into_owned()))
}
