//! The address of the client that sent a request.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use poem::Request;

use super::trusted_proxies::TrustedProxies;

/// Returns the address of the client: the peer of the connection, or whom trusted proxies name
/// in `X-Forwarded-For`. Connections without an address count as one client.
pub(crate) fn address(request: &Request, proxies: &TrustedProxies) -> IpAddr {
    let peer = request.remote_addr().as_socket_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), SocketAddr::ip);
    let headers = request.headers().get_all("x-forwarded-for");
    // An unreadable header is an unreadable entry, at which the search ends.
    let entries = headers.iter().flat_map(|header| header.to_str().unwrap_or_default().split(','));
    proxies.client_of(peer, entries)
}
