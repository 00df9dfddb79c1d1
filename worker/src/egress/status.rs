//! How attempts to connect end.

use domain::egress::Denied;
use domain::job::BlockedClass;

use super::budget::Budget;
use super::dial::DialError;

/// The state of the latest attempt to connect to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConnectStatus {
    /// The attempt is in progress, or the browser abandoned it.
    Connecting,
    Connected,
    Failed(DialError),
    /// A budget of the session was exhausted before the attempt or on this connection.
    OverBudget(Budget),
}

/// Why a connection was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectError {
    /// The host is denied or could not be reached.
    Dial(DialError),
    /// A budget of the session is exhausted.
    OverBudget(Budget),
}

impl ConnectError {
    /// The class under which the job reports the error, or `None` if the worker did not block
    /// the connection.
    pub(super) fn blocked_class(self) -> Option<BlockedClass> {
        match self {
            Self::Dial(DialError::Denied(denied)) => Some(denied.class()),
            Self::Dial(_) => None,
            Self::OverBudget(_) => Some(BlockedClass::Budget),
        }
    }
}

impl From<ConnectError> for ConnectStatus {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Dial(error) => Self::Failed(error),
            ConnectError::OverBudget(budget) => Self::OverBudget(budget),
        }
    }
}

impl From<DialError> for ConnectError {
    fn from(error: DialError) -> Self {
        Self::Dial(error)
    }
}

impl From<Denied> for ConnectError {
    fn from(denied: Denied) -> Self {
        Self::Dial(denied.into())
    }
}
