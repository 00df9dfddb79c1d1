//! Why the policy denies a target.

use crate::job::BlockedClass;

/// Why a target is denied. Never contains an address that a name resolved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The address is not on the public internet, or belongs to this machine.
    #[error("the address is not on the public internet")]
    Address,
    /// The name denotes this machine or a private network, whatever it resolves to.
    #[error("the name is reserved for private networks")]
    Name,
    /// The port belongs to a service other than a web site.
    #[error("the port belongs to a service other than the web, such as a database or mail")]
    Port,
}

impl Denied {
    /// The class under which a job reports this denial.
    pub const fn class(self) -> BlockedClass {
        match self {
            Self::Address => BlockedClass::PrivateAddress,
            Self::Name => BlockedClass::Name,
            Self::Port => BlockedClass::Port,
        }
    }
}
