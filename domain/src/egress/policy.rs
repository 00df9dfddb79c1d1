//! Decides which targets may be reached: the public internet, and the operator's exceptions.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use url::Host;

use super::addresses::is_public;
use super::denied::Denied;
use super::exception::{Exception, InvalidException};
use super::names::{is_cluster, is_html_site, is_loopback_name, is_reserved};
use super::own::OwnAddresses;
use super::ports::is_web;
use crate::options::TargetUrl;

/// Which targets may be reached. Cheap to clone: clones share the list of own addresses.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    exceptions: Arc<[Exception]>,
    own: Arc<OwnAddresses>,
}

impl Policy {
    /// Checks a URL as far as possible without resolving its host.
    pub fn check_target(&self, url: &TargetUrl) -> Result<(), Denied> {
        self.check_host(&url.host(), url.port())
    }

    /// Checks a host and a port as far as possible without resolving the host's name.
    pub fn check_host(&self, host: &Host<impl AsRef<str>>, port: u16) -> Result<(), Denied> {
        if cfg!(feature = "mutant-policy") {
            return Ok(());
        }
        match host {
            Host::Ipv4(address) => self.check_address((*address).into(), port),
            Host::Ipv6(address) => self.check_address((*address).into(), port),
            Host::Domain(name) => self.check_name(name.as_ref(), port),
        }
    }

    /// Checks whether a name may be resolved. At a port of an exception for addresses, the
    /// addresses have to decide; but not even then is the DNS of a cluster asked.
    fn check_name(&self, name: &str, port: u16) -> Result<(), Denied> {
        if is_html_site(name) {
            return Err(Denied::Name);
        }
        if self.has_exception_for(name, port) {
            return Ok(());
        }
        if is_cluster(name) {
            return Err(Denied::Name);
        }
        if self.exceptions.iter().any(|exception| exception.covers_addresses_at(port)) {
            return Ok(());
        }
        if is_reserved(name) { Err(Denied::Name) } else { self.check_port(port) }
    }

    /// Checks the addresses that a host resolved to. Denies all of them if one is denied.
    ///
    /// A loopback name resolves to both loopback addresses by definition (RFC 6761), so for
    /// it the allowed ones are returned, and it is denied only if there are none.
    pub fn check_addresses(
        &self,
        host: &Host<impl AsRef<str>>,
        addresses: &[IpAddr],
        port: u16,
    ) -> Result<Vec<SocketAddr>, Denied> {
        self.check_host(host, port)?;
        let opens_port = matches!(host, Host::Domain(name) if self.has_exception_for(name.as_ref(), port));
        let check = |address: &IpAddr| {
            let address = address.to_canonical();
            match self.check_address(address, port) {
                Err(Denied::Port) if opens_port => Ok(()),
                checked => checked,
            }
            .map(|()| SocketAddr::new(address, port))
        };
        match host {
            Host::Domain(name) if is_loopback_name(name.as_ref()) => {
                let allowed: Vec<_> = addresses.iter().filter_map(|address| check(address).ok()).collect();
                if allowed.is_empty() { Err(Denied::Name) } else { Ok(allowed) }
            }
            Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) => addresses.iter().map(check).collect(),
        }
    }

    /// Checks one address and a port.
    pub fn check_address(&self, address: IpAddr, port: u16) -> Result<(), Denied> {
        let address = address.to_canonical();
        let is_exception = self.exceptions.iter().any(|exception| exception.covers(address, port));
        if is_exception || cfg!(feature = "mutant-policy") {
            return Ok(());
        }
        if !is_public(address) || self.own.contains(address) {
            return Err(Denied::Address);
        }
        self.check_port(port)
    }

    /// Returns the ports of the exceptions. A browser refuses some of them unless a flag allows them.
    pub fn opened_ports(&self) -> BTreeSet<u16> {
        self.exceptions.iter().map(Exception::port).collect()
    }

    /// Returns the addresses of this machine's interfaces. They are denied, unless an exception opens them.
    pub fn own_addresses(&self) -> Vec<IpAddr> {
        self.own.addresses().to_vec()
    }

    /// How many exceptions there are.
    pub fn exceptions(&self) -> usize {
        self.exceptions.len()
    }

    fn check_port(&self, port: u16) -> Result<(), Denied> {
        let is_open = is_web(port) || self.exceptions.iter().any(|exception| exception.opens_port(port));
        if is_open { Ok(()) } else { Err(Denied::Port) }
    }

    fn has_exception_for(&self, name: &str, port: u16) -> bool {
        self.exceptions.iter().any(|exception| exception.covers_name(name, port))
    }
}

/// Parses a comma-separated list of exceptions, each `CIDR:port`, `NAME:port`, `*.DOMAIN:port` or `*:port`.
impl FromStr for Policy {
    type Err = InvalidException;

    fn from_str(raw: &str) -> Result<Self, InvalidException> {
        let exceptions = raw.split(',').map(str::trim).filter(|exception| !exception.is_empty());
        Ok(Self { exceptions: exceptions.map(str::parse).collect::<Result<_, _>>()?, own: Arc::default() })
    }
}

#[cfg(test)]
mod tests;
