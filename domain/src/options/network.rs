//! Network: which responses the page may have. What is sent to it is a
//! [secret](crate::secret), and stored apart.

mod status;

use serde::{Deserialize, Serialize};

pub use status::{InvalidStatus, StatusRange};

/// Which responses the page may have.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// The HTTP statuses of the main document with which the job fails.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fail_on_status: Vec<StatusRange>,
}

impl Network {
    /// Whether the job fails with this status of the main document.
    pub fn refuses(&self, status: u16) -> bool {
        self.fail_on_status.iter().any(|range| range.contains(status))
    }
}
