//! Clients that hold connections: some never finish a request, some never read a response.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// How many of each kind there are.
const EACH: usize = 40;

/// Opens connections to an API, which stay as they are until they are dropped.
pub(super) async fn slow_clients(url: &str) -> Vec<TcpStream> {
    let address = url.trim_start_matches("http://");
    let mut connections = Vec::new();
    for number in 0..2 * EACH {
        let Ok(mut connection) = TcpStream::connect(address).await else { continue };
        let request = if number % 2 == 0 {
            "POST /v1/screenshot HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
        } else {
            "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n"
        };
        let _api_gone = connection.write_all(request.as_bytes()).await;
        connections.push(connection);
    }
    connections
}
