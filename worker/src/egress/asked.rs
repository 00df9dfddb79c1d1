//! What a browser asks a proxy for, read strictly: all the rest is not a browser asking.

use hyper::http::uri::Authority;
use hyper::{Method, Request, Version};
use url::{Host, Url};

/// A host and a port, with one spelling for each.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Target {
    pub(super) host: Host,
    pub(super) port: u16,
}

/// What a browser asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// `CONNECT host:port`: bytes both ways.
    Tunnel(Target),
    /// `GET http://host/path`: a request to be made in the browser's stead.
    Plain {
        to: Target,
        /// What the target is told it is called, whatever the browser wrote.
        host: String,
    },
}

impl Target {
    /// Where a URL leads, if it leads to a host.
    pub(super) fn of(url: &Url) -> Option<Self> {
        let host = match url.host()?.to_owned() {
            Host::Domain(mut name) => {
                if name.ends_with('.') {
                    name.pop();
                }
                Host::Domain(name)
            }
            address @ (Host::Ipv4(_) | Host::Ipv6(_)) => address,
        };
        Some(Self { host, port: url.port_or_known_default()? })
    }
}

impl Asked {
    /// Reads a request; `None` is a 400.
    ///
    /// A page can reach the proxy itself, so what a server would be asked for is refused.
    pub(super) fn read<B>(request: &Request<B>) -> Option<Self> {
        let uri = request.uri();
        let url = read_authority(uri.authority()?)?;
        let to = Target::of(&url)?;
        if request.version() != Version::HTTP_11 {
            return None;
        }
        if request.method() == Method::CONNECT {
            let bare = uri.scheme().is_none() && uri.path_and_query().is_none();
            let port = uri.port_u16()?;
            return bare.then_some(Self::Tunnel(Target { port, ..to }));
        }
        let host = url.host_str()?;
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        (uri.scheme_str() == Some("http")).then_some(Self::Plain { to, host })
    }
}

/// Reads `host` or `host:port` as a browser does, so that both mean the same host.
fn read_authority(authority: &Authority) -> Option<Url> {
    if authority.as_str().contains('@') {
        return None;
    }
    let url = Url::parse(&format!("http://{authority}")).ok()?;
    (url.path() == "/" && url.query().is_none() && url.fragment().is_none()).then_some(url)
}

#[cfg(test)]
mod tests {
    use hyper::Request;
    use url::{Host, Url};

    use super::{Asked, Target};

    fn read(method: &str, uri: &str) -> Option<Asked> {
        Asked::read(&Request::builder().method(method).uri(uri).body(()).ok()?)
    }

    fn to(host: &str, port: u16) -> Target {
        Target { host: Host::parse(host).expect(host), port }
    }

    #[test]
    fn a_tunnel_has_a_host_and_a_port() {
        for (uri, target) in [
            ("example.com:443", to("example.com", 443)),
            ("example.com:80", to("example.com", 80)),
            ("EXAMPLE.com.:443", to("example.com", 443)),
            ("0x7f.1:443", to("127.0.0.1", 443)),
            ("[::ffff:7f00:1]:443", to("[::ffff:127.0.0.1]", 443)),
            ("example.com:0", to("example.com", 0)),
        ] {
            assert_eq!(read("CONNECT", uri), Some(Asked::Tunnel(target)), "{uri}");
        }
        for uri in ["example.com", "example.com:", "u:p@example.com:443", "http://example.com:443/", "/", "*", ":443"] {
            assert_eq!(read("CONNECT", uri), None, "{uri}");
        }
    }

    #[test]
    fn a_plain_request_is_for_http_and_says_where_to() {
        for (uri, target, host) in [
            ("http://example.com/a?b", to("example.com", 80), "example.com"),
            ("http://example.com", to("example.com", 80), "example.com"),
            ("http://EXAMPLE.com.:80/", to("example.com", 80), "example.com."),
            ("http://example.com:8080/", to("example.com", 8080), "example.com:8080"),
            ("http://2130706433/", to("127.0.0.1", 80), "127.0.0.1"),
            ("http://[::1]:8080/", to("[::1]", 8080), "[::1]:8080"),
            ("http://example.com/http://127.0.0.1/", to("example.com", 80), "example.com"),
        ] {
            let host = host.to_owned();
            assert_eq!(read("GET", uri), Some(Asked::Plain { to: target, host }), "{uri}");
        }
        for uri in [
            "/",
            "/http://example.com/",
            "*",
            "example.com:80",
            "https://example.com/",
            "ws://example.com/",
            "ftp://example.com/",
            "http://u:p@example.com/",
            "http://evil.com\\@127.0.0.1/",
            "http://exa mple.com/",
            "http://256.256.256.256/",
        ] {
            assert_eq!(read("GET", uri), None, "{uri}");
        }
    }

    #[test]
    fn a_url_leads_to_the_port_of_its_scheme() {
        for (raw, target) in [
            ("https://Example.com./a", Some(to("example.com", 443))),
            ("http://example.com", Some(to("example.com", 80))),
            ("wss://example.com:8443/", Some(to("example.com", 8443))),
            ("data:,a", None),
        ] {
            assert_eq!(Target::of(&Url::parse(raw).expect(raw)), target, "{raw}");
        }
    }
}
