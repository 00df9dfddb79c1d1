//! The API's address, checked before anything starts.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

/// Why the API cannot listen on an address.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListenError {
    /// Choose another address.
    #[error("{0} is in use by another process; choose another with --listen ADDR (port 0 picks a free one)")]
    InUse(SocketAddr),
    /// Choose another address.
    #[error("cannot listen on {0}; choose another with --listen ADDR")]
    Invalid(SocketAddr, #[source] io::Error),
}

/// Returns the address that the API will listen on. Port 0 is replaced with a free port.
pub(crate) fn choose(address: SocketAddr) -> Result<SocketAddr, ListenError> {
    let chosen = TcpListener::bind(address).and_then(|listener| listener.local_addr());
    chosen.map_err(|error| {
        let is_in_use = error.kind() == io::ErrorKind::AddrInUse;
        if is_in_use { ListenError::InUse(address) } else { ListenError::Invalid(address, error) }
    })
}

/// Returns the address at which this machine reaches a listener: `0.0.0.0` and `::` become
/// the loopback address.
pub(crate) fn connect_address(listen: SocketAddr) -> SocketAddr {
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

    use super::{ListenError, choose, connect_address};

    #[test]
    fn port_0_becomes_a_free_port() {
        let chosen = choose("127.0.0.1:0".parse().unwrap()).unwrap();

        assert_ne!(chosen.port(), 0);
    }

    #[test]
    fn an_address_in_use_is_rejected() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();

        let result = choose(listener.local_addr().unwrap());

        assert!(matches!(result, Err(ListenError::InUse(_))));
    }

    #[test]
    fn a_listener_on_every_address_is_reached_on_the_loopback_address() {
        for (listen, expected) in
            [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("192.0.2.1:80", "192.0.2.1:80")]
        {
            assert_eq!(connect_address(listen.parse().unwrap()), expected.parse().unwrap());
        }
    }
}
