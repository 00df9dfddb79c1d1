//! Exceptions to the policy, configured by the operator.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use url::Host;

use super::names::is_within;

/// Something that may be reached at a port although the policy denies it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exception {
    subject: Subject,
    port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Subject {
    /// `127.0.0.1/32`: these addresses, public or not.
    Network(IpNet),
    /// `wiki.corp`: this name. It may be resolved, and its addresses decide.
    Name(String),
    /// `*.svc.cluster.local`: every name below a domain, but not the domain itself.
    Below(String),
    /// `*`: the public internet.
    Public,
}

/// The text is not a valid exception.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not of the form CIDR:port, NAME:port, *.DOMAIN:port or *:port, such as 10.1.2.0/24:443, ::1/128:8099, \
     *.svc.cluster.local:443 or *:9042; a single address has a prefix, too: 10.1.2.3/32:443"
)]
pub struct InvalidException(String);

impl Exception {
    /// Whether the exception covers an address, in its canonical form, at a port.
    pub(super) fn covers(&self, address: IpAddr, port: u16) -> bool {
        self.port == port && matches!(&self.subject, Subject::Network(network) if network.contains(&address))
    }

    /// Whether the exception is for a name at a port.
    pub(super) fn covers_name(&self, name: &str, port: u16) -> bool {
        let name = name.trim_end_matches('.');
        self.port == port
            && match &self.subject {
                Subject::Name(own) => name == own,
                Subject::Below(domain) => name != domain && is_within(name, domain),
                Subject::Network(_) | Subject::Public => false,
            }
    }

    /// Whether the exception opens a port of every public host.
    pub(super) fn opens_port(&self, port: u16) -> bool {
        self.port == port && self.subject == Subject::Public
    }

    /// Whether a name at a port may resolve to an address that the exception covers.
    pub(super) fn covers_addresses_at(&self, port: u16) -> bool {
        self.port == port && matches!(self.subject, Subject::Network(_))
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for Exception {
    type Err = InvalidException;

    fn from_str(raw: &str) -> Result<Self, InvalidException> {
        let invalid = || InvalidException(raw.to_owned());
        let (subject, port) = raw.trim().rsplit_once(':').ok_or_else(invalid)?;
        let subject = subject.trim_matches(['[', ']']);
        let network = subject.parse().ok().map(Subject::Network);
        let subject = network.or_else(|| name_subject(subject)).ok_or_else(invalid)?;
        Ok(Self { subject, port: port.parse().map_err(|_| invalid())? })
    }
}

fn name_subject(raw: &str) -> Option<Subject> {
    if raw == "*" {
        return Some(Subject::Public);
    }
    match raw.strip_prefix("*.") {
        Some(domain) => parse_name(domain).map(Subject::Below),
        None => parse_name(raw).map(Subject::Name),
    }
}

/// Parses a name as URLs are parsed: lower case, punycode, no final dot. An IP literal is not a name.
fn parse_name(raw: &str) -> Option<String> {
    let Ok(Host::Domain(name)) = Host::parse(raw) else { return None };
    let name = name.strip_suffix('.').unwrap_or(&name);
    let is_label = |label: &str| !label.is_empty() && !label.contains(['*', '/', ',']);
    name.split('.').all(is_label).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Exception, InvalidException};
    use crate::egress::Policy;

    #[test]
    fn a_malformed_exception_is_rejected() {
        for raw in [
            "127.0.0.1",
            "127.0.0.1:80",
            "127.0.0.1/33:80",
            "10.0.0.0/8:70000",
            "localhost/8:80",
            "localhost",
            "wiki.corp:",
            "wiki.corp:http",
            ":80",
            "*",
            "*:",
            "*.:80",
            "*.*:80",
            "a.*.b:80",
            "a*.b:80",
            "a..b:80",
            ".b:80",
            "::1:80",
            "[::1]:80",
            "0x7f.1:80",
            "https://wiki.corp:443",
            "wiki corp:443",
        ] {
            assert_eq!(raw.parse::<Policy>().expect_err(raw), InvalidException(raw.to_owned()));
        }
        for raw in ["", "::1/128:8099", "[::1/128]:8099,", "wiki.corp:443, *.svc:80,*:9042", "a_b.corp:80", "*.例え:80"]
        {
            assert!(raw.parse::<Policy>().is_ok(), "{raw}");
        }
    }

    #[test]
    fn a_name_is_compared_as_a_url_parser_writes_it() {
        for (raw, name, covered) in [
            ("Wiki.CORP.:443", "wiki.corp", true),
            ("wiki.corp:443", "wiki.corp.", true),
            ("wiki.corp:443", "a.wiki.corp", false),
            ("wiki.corp:443", "xwiki.corp", false),
            ("bücher.corp:443", "xn--bcher-kva.corp", true),
            ("*.svc:443", "api.default.svc", true),
            ("*.svc:443", "api.default.svc.", true),
            ("*.svc:443", "svc", false),
            ("*.svc:443", "xsvc", false),
            ("*.svc:443", "svc.example.com", false),
            ("*:443", "api.default.svc", false),
            ("10.0.0.0/8:443", "api.default.svc", false),
        ] {
            let exception: Exception = raw.parse().expect(raw);

            assert_eq!(exception.covers_name(name, 443), covered, "{raw} {name}");
            assert!(!exception.covers_name(name, 80), "{raw} {name}");
        }
    }
}
