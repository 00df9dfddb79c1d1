//! Parsing what a browser asks of a proxy. Anything a browser would not send is rejected.

use hyper::http::uri::Authority;
use hyper::{Method, Request, Version};
use url::Url;

use crate::egress::target::Target;

/// A valid request to the proxy.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ProxyRequest {
    /// `CONNECT host:port`: open a tunnel.
    Tunnel(Target),
    /// `GET http://host/path`: forward the request.
    Forward {
        target: Target,
        /// The `Host` header to send, taken from the URL and not from the browser's header.
        host: String,
    },
}

impl ProxyRequest {
    /// Parses a request. `None` is a 400.
    ///
    /// Rejects requests in origin form: a page can connect to the proxy itself.
    pub(super) fn parse<B>(request: &Request<B>) -> Option<Self> {
        let uri = request.uri();
        let url = parse_authority(uri.authority()?)?;
        let target = Target::of(&url)?;
        if request.version() != Version::HTTP_11 {
            return None;
        }
        if request.method() == Method::CONNECT {
            let is_authority_form = uri.scheme().is_none() && uri.path_and_query().is_none();
            let port = uri.port_u16()?;
            return is_authority_form.then_some(Self::Tunnel(Target { port, ..target }));
        }
        let host = url.host_str()?;
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        (uri.scheme_str() == Some("http")).then_some(Self::Forward { target, host })
    }
}

/// Parses `host` or `host:port` with the same rules as a browser, so that both agree on the host.
fn parse_authority(authority: &Authority) -> Option<Url> {
    if authority.as_str().contains('@') {
        return None;
    }
    let url = Url::parse(&format!("http://{authority}")).ok()?;
    (url.path() == "/" && url.query().is_none() && url.fragment().is_none()).then_some(url)
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::{ProxyRequest, Target};

    fn parse(method: &str, uri: &str) -> Option<ProxyRequest> {
        ProxyRequest::parse(&Request::builder().method(method).uri(uri).body(()).ok()?)
    }

    #[test]
    fn a_connect_request_needs_a_host_and_a_port() {
        for (uri, target) in [
            ("example.com:443", Target::new("example.com", 443)),
            ("example.com:80", Target::new("example.com", 80)),
            ("EXAMPLE.com.:443", Target::new("example.com", 443)),
            ("0x7f.1:443", Target::new("127.0.0.1", 443)),
            ("[::ffff:7f00:1]:443", Target::new("[::ffff:127.0.0.1]", 443)),
            ("example.com:0", Target::new("example.com", 0)),
        ] {
            assert_eq!(parse("CONNECT", uri), Some(ProxyRequest::Tunnel(target)), "{uri}");
        }
        for uri in ["example.com", "example.com:", "u:p@example.com:443", "http://example.com:443/", "/", "*", ":443"] {
            assert_eq!(parse("CONNECT", uri), None, "{uri}");
        }
    }

    #[test]
    fn a_forwarded_request_needs_an_absolute_http_url() {
        for (uri, target, host) in [
            ("http://example.com/a?b", Target::new("example.com", 80), "example.com"),
            ("http://example.com", Target::new("example.com", 80), "example.com"),
            ("http://EXAMPLE.com.:80/", Target::new("example.com", 80), "example.com."),
            ("http://example.com:8080/", Target::new("example.com", 8080), "example.com:8080"),
            ("http://2130706433/", Target::new("127.0.0.1", 80), "127.0.0.1"),
            ("http://[::1]:8080/", Target::new("[::1]", 8080), "[::1]:8080"),
            ("http://example.com/http://127.0.0.1/", Target::new("example.com", 80), "example.com"),
        ] {
            let host = host.to_owned();
            assert_eq!(parse("GET", uri), Some(ProxyRequest::Forward { target, host }), "{uri}");
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
            assert_eq!(parse("GET", uri), None, "{uri}");
        }
    }
}
