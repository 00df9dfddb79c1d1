//! `GET /metrics`
//!
//! The numbers are those of all accounts, so they are for the operator only. They have the API's own
//! listener, as the health checks have: one address to scrape and to probe. A reverse proxy must
//! not pass the path on. If it does, its header for the client's address gives the request away,
//! and there is nothing at this path. Nor is there for clients with public addresses.

use std::net::IpAddr;

use poem::error::NotFoundError;
use poem::http::HeaderMap;
use poem::web::RemoteAddr;
use poem::{IntoResponse, Response, handler};

/// What proxies add to the requests that they pass on.
const PROXY_HEADERS: [&str; 6] =
    ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via"];

/// Returns the metrics of this process. It reads nothing but memory and `/proc/self`.
#[handler]
pub(super) fn metrics(headers: &HeaderMap, client: &RemoteAddr) -> poem::Result<Response> {
    let is_passed_on = PROXY_HEADERS.iter().any(|name| headers.contains_key(*name));
    if is_passed_on || !client.as_socket_addr().is_some_and(|client| is_internal(client.ip())) {
        return Err(NotFoundError.into());
    }
    Ok(service::metrics::render().with_content_type(service::metrics::CONTENT_TYPE).into_response())
}

/// Whether an address is one of this machine or of a private network.
fn is_internal(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_internal;

    #[test]
    fn only_the_operators_networks_are_internal() {
        for (address, internal) in [
            ("127.0.0.1", true),
            ("10.1.2.3", true),
            ("172.16.0.1", true),
            ("192.168.1.1", true),
            ("169.254.1.1", true),
            ("::1", true),
            ("::ffff:10.1.2.3", true),
            ("fd00::1", true),
            ("fe80::1", true),
            ("93.184.216.34", false),
            ("172.32.0.1", false),
            ("::ffff:93.184.216.34", false),
            ("2606:2800::1", false),
        ] {
            assert_eq!(is_internal(address.parse().expect(address)), internal, "{address}");
        }
    }
}
