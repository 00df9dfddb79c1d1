//! The API's address: free, before anything starts.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

/// Why the API cannot listen there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListenError {
    /// Choose another address.
    #[error("{0} is taken by another process; choose another with --listen ADDR (port 0 picks a free one)")]
    Taken(SocketAddr),
    /// Choose another address.
    #[error("nothing can listen on {0}; choose another with --listen ADDR")]
    Impossible(SocketAddr, #[source] io::Error),
}

/// Answers the address that the API will listen on: for port 0, one with a free port.
pub(crate) fn choose(wanted: SocketAddr) -> Result<SocketAddr, ListenError> {
    let chosen = TcpListener::bind(wanted).and_then(|listener| listener.local_addr());
    chosen.map_err(|error| {
        let taken = error.kind() == io::ErrorKind::AddrInUse;
        if taken { ListenError::Taken(wanted) } else { ListenError::Impossible(wanted, error) }
    })
}

/// Where to reach, from this machine, what listens there.
pub(crate) fn reached_at(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::{ListenError, choose, reached_at};

    #[test]
    fn port_0_becomes_a_free_one() {
        let chosen = choose("127.0.0.1:0".parse().unwrap()).unwrap();

        assert_ne!(chosen.port(), 0);
    }

    #[test]
    fn an_address_that_is_taken_is_refused() {
        let holder = TcpListener::bind("127.0.0.1:0").unwrap();

        let refused = choose(holder.local_addr().unwrap());

        assert!(matches!(refused, Err(ListenError::Taken(_))));
    }

    #[test]
    fn what_listens_everywhere_is_reached_on_this_machine() {
        for (listen, reached) in
            [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("192.0.2.1:80", "192.0.2.1:80")]
        {
            assert_eq!(reached_at(listen.parse().unwrap()), reached.parse().unwrap());
        }
    }
}
