//! The target of a connection: a host and a port.

use url::{Host, Url};

/// A host and a port in canonical form, so that equal targets compare equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Target {
    pub(super) host: Host,
    pub(super) port: u16,
}

impl Target {
    /// Returns the target of a URL, or `None` if the URL has no host or no port.
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

    /// Parses a host and takes a port as they are.
    #[cfg(test)]
    pub(super) fn new(host: &str, port: u16) -> Self {
        Self { host: Host::parse(host).expect(host), port }
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::Target;

    #[test]
    fn a_url_has_the_default_port_of_its_scheme() {
        for (raw, target) in [
            ("https://Example.com./a", Some(Target::new("example.com", 443))),
            ("http://example.com", Some(Target::new("example.com", 80))),
            ("wss://example.com:8443/", Some(Target::new("example.com", 8443))),
            ("data:,a", None),
        ] {
            assert_eq!(Target::of(&Url::parse(raw).expect(raw)), target, "{raw}");
        }
    }
}
