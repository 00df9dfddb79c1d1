//! Exceptions to the policy, configured by the operator.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// A network and a port that may be reached although they are not public, such as
/// `127.0.0.1/32:8099`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exception {
    network: IpNet,
    port: u16,
}

/// The text is not a valid exception.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not of the form CIDR:port, such as 10.1.2.0/24:443 or ::1/128:8099")]
pub struct InvalidException(String);

impl Exception {
    /// Whether the exception covers an address, in its canonical form, at a port.
    pub(super) fn covers(&self, address: IpAddr, port: u16) -> bool {
        self.port == port && self.network.contains(&address)
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for Exception {
    type Err = InvalidException;

    fn from_str(raw: &str) -> Result<Self, InvalidException> {
        let invalid = || InvalidException(raw.to_owned());
        let (network, port) = raw.trim().rsplit_once(':').ok_or_else(invalid)?;
        let network = network.trim_matches(['[', ']']).parse().map_err(|_| invalid())?;
        let port = port.parse().map_err(|_| invalid())?;
        Ok(Self { network, port })
    }
}

#[cfg(test)]
mod tests {
    use super::InvalidException;
    use crate::egress::Policy;

    #[test]
    fn a_malformed_exception_is_rejected() {
        for raw in ["127.0.0.1", "127.0.0.1:80", "127.0.0.1/33:80", "10.0.0.0/8:70000", "localhost/8:80"] {
            assert_eq!(raw.parse::<Policy>().expect_err(raw), InvalidException(raw.to_owned()));
        }
        for raw in ["", "::1/128:8099", "[::1/128]:8099,"] {
            assert!(raw.parse::<Policy>().is_ok(), "{raw}");
        }
    }
}
