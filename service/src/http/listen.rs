//! Listening, with room for the connections that arrive before they can be accepted.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket, ToSocketAddrs, lookup_host};

/// How many connections may wait to be accepted. The kernel limits it to `net.core.somaxconn`.
///
/// Where more arrive at once, Linux answers with SYN cookies and forgets them: a client then sees a connection that
/// the server never hears of, and that nobody closes. A backlog of 128, as the standard library has, is too short for
/// the clients that come back after a restart.
const BACKLOG: u32 = 4096;

/// Listens on the first of the addresses that is free.
pub async fn listen(address: impl ToSocketAddrs) -> io::Result<TcpListener> {
    let mut failed = None;
    for address in lookup_host(address).await? {
        match listen_on(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.unwrap_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the name has no address")))
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Connections of the process before this one are still in TIME-WAIT.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;
    use std::time::Duration;

    use super::listen;

    #[tokio::test]
    async fn hundreds_of_connections_wait_to_be_accepted() {
        const CLIENTS: usize = 600;
        let listener = listen("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let connect = || TcpStream::connect_timeout(&address, Duration::from_secs(1)).expect("a connection");

        let clients: Vec<TcpStream> = (0..CLIENTS).map(|_| connect()).collect();

        for _ in &clients {
            listener.accept().await.expect("a connection");
        }
    }
}
