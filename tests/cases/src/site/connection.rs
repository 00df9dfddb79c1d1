//! One connection.

use std::future::pending;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::request::Request;
use super::response::{Response, respond};
use super::state::State;

/// How long half a response stays half before the connection closes.
const CUT_DELAY: Duration = Duration::from_millis(300);

/// Half a page in chunks; the last chunk never comes.
const CUT: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n13\r\n<h1>first half</h1>\r\n";

/// One event, and a stream that stays open.
const EVENTS: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: hi\n\n";

/// Serves a connection until it closes. Only paths under `/keep` keep it alive.
pub(super) async fn serve(mut stream: TcpStream, state: &State) -> anyhow::Result<()> {
    let mut read = Vec::new();
    while let Some(request) = Request::read(&mut stream, &mut read).await? {
        if let Some(wait) = request.query.get("wait") {
            sleep(Duration::from_millis(wait.parse()?)).await;
        }
        match request.path.as_str() {
            "/hang" => return pending().await,
            "/sse" => {
                stream.write_all(EVENTS).await?;
                return pending().await;
            }
            "/cut" => {
                stream.write_all(CUT).await?;
                sleep(CUT_DELAY).await;
                return Ok(());
            }
            _ordinary => {}
        }
        let keep = request.path.starts_with("/keep/");
        stream.write_all(&encode(&respond(&request, state)?, keep)).await?;
        if !keep {
            stream.shutdown().await?;
            return Ok(());
        }
    }
    Ok(())
}

fn encode(response: &Response, keep: bool) -> Vec<u8> {
    let declares = response.headers.iter().any(|(name, _)| *name == "Content-Length");
    let length = if declares { String::new() } else { format!("Content-Length: {}\r\n", response.body.len()) };
    let connection = if keep { "keep-alive" } else { "close" };
    let lines: Vec<_> = response.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("HTTP/1.1 {} x\r\nConnection: {connection}\r\n{length}{}\r\n", response.status, lines.concat());
    [head.as_bytes(), &response.body].concat()
}
